// Look at a page of 100 pictures again: no byte of them may come over the network a second time.
// Arguments: the page's port, then the address of a service for each store.
const assert = require("node:assert");
const { randomBytes } = require("node:crypto");
const { inBrowser, run, serve } = require("./harness.cjs");

const [port, ...services] = process.argv.slice(2);
const COUNT = 100;
const [WIDTH, HEIGHT] = [96, 64];
const QUARTER = 15 * 60 * 1000;
const NEEDED = 90 * 1000;
// Another site than the services': a browser keeps pictures apart for each site that shows them.
const PAGE = `http://localhost:${port}/look`;

// Shows all pictures of a list, smaller ones where there are some, and counts those that it shows.
const SCRIPT = `
  async function look() {
    const service = new URLSearchParams(location.search).get("service");
    const page = await (await fetch(service + "/images?user_id=look&limit=${COUNT}")).json();
    document.body.replaceChildren(...page.images.map((image) => {
      const shown = document.createElement("img");
      shown.src = image.renditions?.thumb?.url ?? image.url;
      return shown;
    }));
    const pictures = [...document.images];
    await Promise.allSettled(pictures.map((picture) => picture.decode()));
    return pictures.filter((picture) => picture.naturalWidth).length;
  }
  window.first = look();`;

// A picture that does not compress: a BMP of random pixels.
function bitmap() {
  const pixels = randomBytes(WIDTH * HEIGHT * 3);
  const head = Buffer.alloc(54);
  head.write("BM");
  for (const [at, value] of [[2, 54 + pixels.length], [10, 54], [14, 40], [18, WIDTH], [22, HEIGHT]])
    head.writeUInt32LE(value, at);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, pixels]);
}

async function upload(service) {
  for (let number = 0; number < COUNT; number++) {
    const form = new FormData();
    form.set("user_id", "look");
    form.set("image_data", new Blob([bitmap()]), `${number}.bmp`);
    const response = await fetch(`${service}/images`, { method: "POST", body: form });
    assert.equal(response.status, 201, await response.text());
  }
}

// Count what a tab loads of pictures; return the figures, which grow.
async function count(tab) {
  const figures = { asked: 0, kept: 0, bytes: 0 };
  const pictures = new Set();
  const session = await tab.context().newCDPSession(tab);
  session.on("Network.requestWillBeSent", ({ requestId, type }) => {
    if (type === "Image") pictures.add(requestId) && figures.asked++;
  });
  session.on("Network.requestServedFromCache", () => figures.kept++);
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (pictures.has(requestId)) figures.bytes += encodedDataLength;
  });
  await session.send("Network.enable");
  return figures;
}

// Run one look, in which every picture must be shown; return what it loaded.
async function counted(name, figures, look) {
  Object.assign(figures, { asked: 0, kept: 0, bytes: 0 });
  assert.equal(await look(), COUNT, `${name}: pictures shown`);
  console.log(`${name}: ${JSON.stringify(figures)}`);
  return figures.bytes;
}

async function lookTwice(service, newTab) {
  const { tab } = await newTab();
  const address = `${PAGE}?service=${encodeURIComponent(service)}`;
  const figures = await count(tab);
  const shown = (page) => page.evaluate(() => window.first);
  const first = await counted("first look", figures, () => tab.goto(address).then(() => shown(tab)));
  assert.ok(first > COUNT * 500, "the first look loads the pictures");
  const reload = await counted("reload", figures, () => tab.reload().then(() => shown(tab)));
  const list = await counted("new list", figures, () => tab.evaluate(() => window.look()));
  const other = await tab.context().newPage();
  const otherFigures = await count(other);
  const opened = await counted("new tab", otherFigures, () =>
    other.goto(address).then(() => shown(other)));
  assert.deepEqual({ reload, list, opened }, { reload: 0, list: 0, opened: 0 });
  console.log(`ok: ${service}`);
}

// A URL has another text after the next quarter of an hour: begin with enough time before it.
async function awaitRoom() {
  const left = QUARTER - (Date.now() % QUARTER);
  if (left < NEEDED) await new Promise((resolve) => setTimeout(resolve, left + 1000));
}

async function check() {
  const content = `<!doctype html><meta charset="utf-8"><body><script>${SCRIPT}</script></body>`;
  await serve(Number(port), { "/look": { type: "text/html", content } });
  await inBrowser(async (newTab) => {
    for (const service of services) await lookTwice(service, newTab);
  });
}

// Outside the time that the check may take.
Promise.all(services.map(upload)).then(awaitRoom).then(() => run(check));
