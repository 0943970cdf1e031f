// Use the service with openapi-fetch and the types that openapi-typescript generated.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import createClient from "openapi-fetch";

import type { components, paths } from "./schema";

const [address, picturePath, token] = process.argv.slice(2);
const picture = new Uint8Array(readFileSync(picturePath));
const base64 = Buffer.from(picture).toString("base64");
const user_id = "user123";

const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
const client = createClient<paths>({ baseUrl: address, headers });

// The generator's type of a file is text. A list becomes one part for each entry.
function asForm(body: object) {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    for (const part of Array.isArray(value) ? value : [value]) form.append(name, part);
  }
  return form;
}

async function sendBytes(begun: components["schemas"]["PendingUpload"], bytes: Uint8Array<ArrayBuffer>) {
  const { method, url, headers } = begun.upload;
  const answer = await fetch(url, { method, headers, body: bytes });
  assert.equal(answer.status, 200);
}

async function begin(key: string) {
  const { data } = await client.POST("/images", {
    body: { user_id, filename: "d.png", content_type: "image/png", size: picture.length },
    params: { header: { "Idempotency-Key": key } },
  });
  return data;
}

async function view(image_id: string) {
  return client.GET("/images/{image_id}", { params: { path: { image_id } } });
}

async function main() {
  const file = new File([picture], "a.png") as unknown as string;
  const form = await client.POST("/images", {
    body: { user_id, image_data: file, tags: ["fetch", "a"] },
    bodySerializer: asForm,
  });
  assert(form.data?.status === "ready");
  assert.deepEqual([form.data.filename, form.data.tags], ["a.png", ["a", "fetch"]]);

  const json = await client.POST("/images", {
    body: { user_id, filename: "b.png", image_data: base64, tags: ["fetch"] },
  });
  assert(json.data?.status === "ready");
  const opened = await fetch(json.data.url);
  assert.deepEqual(new Uint8Array(await opened.arrayBuffer()), picture);

  // Directly to the store: 202 until the bytes are there, 201 to a retry afterwards.
  const begun = await begin("fetch-1");
  assert(begun?.status === "pending");
  await sendBytes(begun, picture);
  assert.equal((await view(begun.image_id)).data?.status, "ready");
  assert.equal((await begin("fetch-1"))?.status, "ready");

  // Other bytes than announced: the view and the retry tell why.
  const wrong = await begin("fetch-2");
  assert(wrong?.status === "pending");
  await sendBytes(wrong, new Uint8Array(picture.length));
  const refused = await view(wrong.image_id);
  assert(refused.data?.status === "refused");
  assert.equal(refused.data.problem.type, "/problems/unsupported-image");
  assert.equal((await begin("fetch-2"))?.status, "refused");

  const query = { user_id, tags: ["fetch", "a"], limit: 1 };
  const first = await client.GET("/images", { params: { query } });
  const cursor = first.data?.next_cursor;
  assert(cursor);
  const second = await client.GET("/images", { params: { query: { ...query, cursor } } });
  const listed = [first, second].flatMap((page) => page.data?.images ?? []);
  assert.deepEqual(listed.map((image) => image.image_id), [json.data.image_id, form.data.image_id]);
  const both = await client.GET("/images", {
    params: { query: { tags: ["fetch", "a"], match: "all" } },
  });
  assert.equal(both.data?.count, 1);

  // A change under the ETag that a view answered, and two at once into the trash and back.
  const path = { image_id: form.data.image_id };
  const etag = (await view(form.data.image_id)).response.headers.get("ETag");
  assert(etag);
  const change = () =>
    client.PATCH("/images/{image_id}", {
      params: { path, header: { "If-Match": etag } },
      body: { description: null, add_tags: ["new"], remove_tags: ["a"] },
    });
  assert.deepEqual((await change()).data?.tags, ["fetch", "new"]);
  assert.equal((await change()).error?.type, "/problems/changed-meanwhile");
  const many = await client.POST("/images/batch", {
    body: { image_ids: [form.data.image_id, "x"], action: "trash" },
  });
  assert.deepEqual(many.data?.results.map((row) => row.status), [204, 404]);
  assert.equal(many.data?.results[1].problem?.type, "/problems/image-not-found");
  const restored = await client.POST("/images/{image_id}/restore", { params: { path } });
  assert.equal(restored.data?.status, "ready");

  for (const { image_id } of [form.data, json.data, begun, wrong]) {
    const answer = await client.DELETE("/images/{image_id}", { params: { path: { image_id } } });
    assert.equal(answer.response.status, 204);
  }
  const gone = await view(begun.image_id);
  assert.equal(gone.error?.type, "/problems/image-not-found");
}

void main();
