// Upload a picture with each front end from a page of another origin, and find it in the list.
// Their field is named image_data and user_id is set; nothing else is configured.
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { inBrowser, library, run, serve } = require("./harness.cjs");

const [service, port] = process.argv.slice(2);
const PICTURE = readFileSync("docs/postman/beach.png");

// By name: the files of a page, its script, and what a user chooses a file with.
const FRONT_ENDS = {
  form: {
    body: `<form><input name="user_id" value="form"><textarea name="description">two\nlines</textarea>
      <input name="tags" value=""><input type="file" name="image_data"></form>`,
    script: `document.querySelector("input[type=file]").onchange = () =>
      fetch("${service}/images", {method: "POST", body: new FormData(document.querySelector("form"))})
        .then((response) => response.text());`,
  },
  dropzone: {
    file: "dropzone/dist/dropzone-min.js",
    // Not with the option params: Dropzone 6 ignores it, unless it is a function.
    body: `<form id="zone" action="${service}/images">
      <input type="hidden" name="user_id" value="dropzone"></form>`,
    script: `new Dropzone("#zone", {paramName: "image_data"});`,
  },
  uppy: {
    file: "uppy/dist/uppy.min.js",
    body: `<input type="file">`,
    script: `const uppy = new Uppy.Uppy({autoProceed: true, meta: {user_id: "uppy"}})
        .use(Uppy.XHRUpload, {endpoint: "${service}/images", fieldName: "image_data"});
      document.querySelector("input").onchange = (event) =>
        uppy.addFile({name: event.target.files[0].name, data: event.target.files[0]});`,
  },
  filepond: {
    file: "filepond/dist/filepond.min.js",
    body: `<input type="file" name="image_data">`,
    script: `FilePond.create(document.querySelector("input"), {server: {process: {
      url: "${service}/images", ondata: (data) => {data.append("user_id", "filepond"); return data;}}}});`,
  },
};

function pageOf({ file, body, script }) {
  const loaded = file ? `<script src="/library/${file}"></script>` : "";
  const content = `<!doctype html><meta charset="utf-8">${loaded}${body}<script>${script}</script>`;
  return { type: "text/html", content };
}

// Choose a file, wait for the answer to the upload, and check it as the page sees it.
async function upload(name, { tab, lines }) {
  const isUpload = (response) =>
    response.url() === `${service}/images` && response.request().method() === "POST";
  await tab.goto(`http://127.0.0.1:${port}/${name}`);
  const answer = tab.waitForResponse(isUpload).catch((error) => {
    throw new Error(`${error.message}\n${lines.join("\n")}`);
  });
  const file = { name: `${name} é.png`, mimeType: "image/png", buffer: PICTURE };
  await tab.locator("input[type=file]").first().setInputFiles(file);
  const response = await answer;
  const refusal = response.status() === 201 ? "" : await response.text();
  assert.equal(response.status(), 201, `${name}: ${response.status()} ${refusal}`);
  const listed = await tab.evaluate(async ([service, name]) => {
    const page = await (await fetch(`${service}/images?user_id=${name}&tags=`)).json();
    const file = await fetch(page.images[0].url, { headers: { "X-Requested-With": "fetch" } });
    const etag = file.headers.get("ETag");
    return { count: page.count, image: page.images[0], size: (await file.blob()).size, etag };
  }, [service, name]);
  assert.equal(listed.count, 1);
  assert.equal(listed.image.filename, `${name} é.png`);
  assert.equal(listed.image.description, name === "form" ? "two\nlines" : null);
  assert.equal(listed.size, PICTURE.length);
  assert.ok(listed.etag);
  console.log(`ok: ${name}`);
}

run(async () => {
  const files = Object.values(FRONT_ENDS).map(({ file }) => file).filter(Boolean);
  const libraries = files.map((file) => [`/library/${file}`, library(file)]);
  const pages = Object.entries(FRONT_ENDS).map(([name, parts]) => [`/${name}`, pageOf(parts)]);
  await serve(Number(port), Object.fromEntries([...libraries, ...pages]));
  await inBrowser(async (newTab) => {
    for (const name of Object.keys(FRONT_ENDS)) await upload(name, await newTab());
  });
});
