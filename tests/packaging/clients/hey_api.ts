// Use the service with a client that @hey-api/openapi-ts generated into ./hey_api/.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { formDataBodySerializer } from "./hey_api/client";
import { client } from "./hey_api/client.gen";
import {
  changeImage,
  changeMany,
  deleteImage,
  listImages,
  restoreImage,
  uploadImage,
  viewImage,
} from "./hey_api/sdk.gen";
import type {
  PendingUpload,
  UploadFormWritable as UploadForm,
  UploadImageErrors,
  UploadImageResponses,
} from "./hey_api/types.gen";

const [address, picturePath, token] = process.argv.slice(2);
const picture = new Uint8Array(readFileSync(picturePath));
const base64 = Buffer.from(picture).toString("base64");
const user_id = "user123";

client.setConfig({ baseUrl: address, auth: token });

// The generator offers only JSON where an operation takes a form as well, but its client sends both.
async function uploadFile(body: UploadForm) {
  return client.post<UploadImageResponses, UploadImageErrors>({
    ...formDataBodySerializer,
    url: "/images",
    body,
    headers: { "Content-Type": null },
    security: [{ scheme: "bearer", type: "http" }],
  });
}

async function sendBytes(begun: PendingUpload, bytes: Uint8Array<ArrayBuffer>) {
  const { method, url, headers } = begun.upload;
  const answer = await fetch(url, { method, headers, body: bytes });
  assert.equal(answer.status, 200);
}

async function begin(key: string) {
  const { data } = await uploadImage({
    body: { user_id, filename: "d.png", content_type: "image/png", size: picture.length },
    headers: { "Idempotency-Key": key },
  });
  return data;
}

async function main() {
  const file = new File([picture], "a.png");
  const form = await uploadFile({ user_id, image_data: file, tags: ["hey", "a"] });
  assert.equal(form.response.status, 201);
  assert(form.data?.status === "ready");
  assert.deepEqual([form.data.filename, form.data.tags], ["a.png", ["a", "hey"]]);

  const json = await uploadImage({
    body: { user_id, filename: "b.png", image_data: base64, tags: ["hey"] },
  });
  assert(json.data?.status === "ready");
  const opened = await fetch(json.data.url);
  assert.deepEqual(new Uint8Array(await opened.arrayBuffer()), picture);

  // Directly to the store: 202 until the bytes are there, 201 to a retry afterwards.
  const begun = await begin("hey-1");
  assert(begun?.status === "pending");
  await sendBytes(begun, picture);
  const viewed = await viewImage({ path: { image_id: begun.image_id } });
  assert(viewed.data?.status === "ready");
  assert.equal((await begin("hey-1"))?.status, "ready");

  // Other bytes than announced: the view and the retry tell why.
  const wrong = await begin("hey-2");
  assert(wrong?.status === "pending");
  await sendBytes(wrong, new Uint8Array(picture.length));
  const refused = await viewImage({ path: { image_id: wrong.image_id } });
  assert(refused.data?.status === "refused");
  assert.equal(refused.data.problem.type, "/problems/unsupported-image");
  assert.equal((await begin("hey-2"))?.status, "refused");

  const first = await listImages({ query: { user_id, tags: ["hey", "a"], limit: 1 } });
  assert(first.data?.next_cursor);
  const { next_cursor: cursor } = first.data;
  const second = await listImages({ query: { user_id, tags: ["hey", "a"], limit: 1, cursor } });
  const listed = [first, second].flatMap((page) => page.data?.images ?? []);
  assert.deepEqual(listed.map((image) => image.image_id), [json.data.image_id, form.data.image_id]);
  const both = await listImages({ query: { tags: ["hey", "a"], match: "all" } });
  assert.equal(both.data?.count, 1);

  // A change under the ETag that a view answered, and two at once into the trash and back.
  const path = { image_id: form.data.image_id };
  const etag = (await viewImage({ path })).response.headers.get("ETag");
  assert(etag);
  const body = { description: null, add_tags: ["new"], remove_tags: ["a"] };
  const change = () => changeImage({ path, body, headers: { "If-Match": etag } });
  assert.deepEqual((await change()).data?.tags, ["hey", "new"]);
  assert.equal((await change()).error?.type, "/problems/changed-meanwhile");
  const many = await changeMany({
    body: { image_ids: [form.data.image_id, "x"], action: "trash" },
  });
  assert.deepEqual(many.data?.results.map((row) => row.status), [204, 404]);
  assert.equal(many.data?.results[1].problem?.type, "/problems/image-not-found");
  assert.equal((await restoreImage({ path })).data?.status, "ready");

  for (const { image_id } of [form.data, json.data, begun, wrong]) {
    assert.equal((await deleteImage({ path: { image_id } })).response.status, 204);
  }
  const gone = await viewImage({ path: { image_id: begun.image_id } });
  assert.equal(gone.error?.type, "/problems/image-not-found");
}

void main();
