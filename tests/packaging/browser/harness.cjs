// Opens pages in Debian's Chromium, and serves them: for the checks beside this file.
const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");
const { chromium } = require("playwright-core");

const SECONDS = 1000;

// Serve texts by their paths on a port of this machine; return the server.
async function serve(port, pages) {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url, "http://localhost").pathname];
    response.writeHead(page ? 200 : 404, { "Content-Type": page?.type ?? "text/plain" });
    response.end(page?.content ?? "");
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

// The file of an installed package, as a page for `serve`.
function library(path, type = "text/javascript") {
  return { type, content: readFileSync(`${process.env.NODE_PATH}/${path}`) };
}

// Start Chromium.
function launch(...more) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // In a container without user namespaces, and as root, Chromium's own sandbox does not start.
    args: ["--no-sandbox", ...more],
  });
}

// Call check with what opens a new tab, and return what it returns.
async function inBrowser(check) {
  const browser = await launch();
  try {
    return await check(() => newTab(browser));
  } finally {
    await browser.close();
  }
}

// Return a tab of its own, and the lines that its page logs. options: those of a browser context.
async function newTab(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60 * SECONDS);
  const tab = await context.newPage();
  const lines = [];
  tab.on("console", (message) => lines.push(message.text()));
  tab.on("pageerror", (error) => lines.push(String(error)));
  tab.on("requestfailed", (request) => lines.push(`${request.url()}: ${request.failure().errorText}`));
  return { tab, lines };
}

// End the program with exit code 1 unless the check succeeds within three minutes.
function run(check) {
  setTimeout(() => {
    console.error("The check takes too long.");
    process.exit(1);
  }, 180 * SECONDS).unref();
  check().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

module.exports = { inBrowser, launch, library, newTab, run, serve };
