// The gallery's page as its users know it: its parts by role and name, and what it asked the network.
const assert = require("node:assert");

const PATIENCE = Number(process.env.PATIENCE ?? 60) * 1000;
const IS_POLICY = /content.security.policy/i;
// Runs in the page before its own scripts.
const REPORT_POLICY = () =>
    document.addEventListener("securitypolicyviolation", (event) =>
        console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`),
    );

class Gallery {
    constructor(tab, address) {
        Object.assign(this, { tab, address, faults: [], requests: [] });
        tab.setDefaultTimeout(PATIENCE);
        this.main = tab.getByRole("main", { name: "Images" });
        this.viewer = tab.locator("#viewer");
        this.large = tab.locator("#viewer img.large");
        this.details = tab.getByRole("complementary", { name: "Details" });
        this.toolbar = tab.getByRole("toolbar", { name: "Selected images" });
        this.uploads = tab.getByRole("region", { name: "Uploads" });
        this.filters = tab.getByRole("region", { name: "Filters" });
        this.active = tab.getByRole("group", { name: "Active filters" });
        this.notices = tab.locator("#notices");
        this.tiles = tab.locator(".tile");
        this.watch();
    }

    // Note what must never happen: an uncaught error, a broken policy, a request to another host.
    watch() {
        const { tab, faults } = this;
        const hosts = [this.address, process.env.AWS_ENDPOINT_URL]
            .filter(Boolean)
            .map((url) => new URL(url).host);
        tab.on("pageerror", (error) => faults.push(String(error)));
        tab.on("console", (message) => IS_POLICY.test(message.text()) && faults.push(message.text()));
        tab.on("request", (request) => {
            const { host, protocol } = new URL(request.url());
            if (protocol.startsWith("http") && !hosts.includes(host))
                faults.push(`a request to ${request.url()}`);
            this.requests.push(request);
        });
        this.ready = tab.addInitScript(REPORT_POLICY);
    }

    // Open the page with these filters, and wait for what it shows.
    async open(query = {}) {
        await this.ready;
        await this.tab.goto(`${this.address}/?${new URLSearchParams(query)}`);
        await this.settled();
    }

    // Wait until there are tiles, or a heading that says that there are none, or an alert.
    async settled() {
        const shown = this.tiles.or(this.empty()).or(this.tab.getByRole("alert"));
        await shown.first().waitFor();
    }

    // The heading that is shown in place of tiles.
    empty(name = /^(No images yet|Nothing found|The trash is empty)$/) {
        return this.main.getByRole("heading", { name });
    }

    // Wait until nothing moves any more, but what moves without end.
    async still() {
        await this.tab.evaluate(() => {
            const ending = document
                .getAnimations()
                .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
            return Promise.all(ending.map((animation) => animation.finished.catch(() => {})));
        });
    }

    link(name) {
        return this.main.getByRole("link", { name, exact: true });
    }

    tile(name) {
        return this.tab.locator(".tile").filter({ has: this.tab.getByRole("link", { name, exact: true }) });
    }

    // The button of a tile that selects it; a mouse has to be over the tile.
    async select(name, options) {
        await this.tile(name).hover();
        await this.tile(name)
            .getByRole("button", { name: `Select ${name}`, exact: true })
            .click(options);
    }

    button(name, within = this.tab) {
        return within.getByRole("button", { name, exact: true });
    }

    press(key) {
        return this.tab.keyboard.press(key);
    }

    // A dialog by its accessible name.
    dialog(name) {
        return this.tab.getByRole("dialog", { name, exact: true });
    }

    notice(text) {
        return this.notices.getByText(text);
    }

    async openViewer(name) {
        await this.link(name).click();
        await this.dialog(name).waitFor();
    }

    // Wait until the large picture of the viewer is loaded; return its size.
    async largeSize() {
        return until("the large picture is loaded", () =>
            this.large.evaluate(
                (image) => image.complete && image.naturalWidth && [image.naturalWidth, image.naturalHeight],
            ),
        );
    }

    // The names of the loaded tiles, in their order on the page.
    async names() {
        const ordered = await this.tiles.evaluateAll((tiles) =>
            tiles
                .map((tile) => ({
                    name:
                        tile.querySelector("a").getAttribute("aria-label") ??
                        tile.querySelector("a").textContent.trim(),
                    box: tile.getBoundingClientRect(),
                }))
                .sort((a, b) => a.box.top - b.box.top || a.box.left - b.box.left),
        );
        return ordered.map(({ name }) => name);
    }

    // How many of the tiles show a loaded picture.
    loadedThumbs() {
        return this.tiles.evaluateAll(
            (tiles) =>
                tiles.filter((tile) =>
                    [...tile.querySelectorAll("img")].some((image) => image.complete && image.naturalWidth),
                ).length,
        );
    }

    // The requests for pages of the list so far.
    lists() {
        return this.sent("GET", /\/images\?/);
    }

    sent(method, path) {
        return this.requests.filter((request) => request.method() === method && path.test(request.url()));
    }

    // Choose files as the button "Upload" does. files: {name, mimeType, buffer}, or a list of them.
    choose(files) {
        return this.tab.locator("input[type=file]#choose").setInputFiles(files);
    }

    upload(name) {
        return this.uploads.getByRole("listitem").filter({ hasText: name });
    }
}

// Wait until ask() gives a true value, and return it. what: what is expected, for the failure.
async function until(what, ask) {
    const end = Date.now() + PATIENCE;
    for (let last; ;) {
        const value = await Promise.resolve(ask()).catch((error) => void (last = error));
        if (value) return value;
        assert.ok(Date.now() < end, `Expected: ${what}${last ? ` (${last.message})` : ""}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

// Wait until a locator has this many elements.
async function count(locator, expected, what = "elements") {
    let found;
    await until(`${expected} ${what}`, async () => (found = await locator.count()) === expected).catch(
        (error) => {
            throw new Error(`${error.message}, found ${found}`);
        },
    );
}

// The file of a picture, as a chooser gives it.
function chosen(name, buffer) {
    return { name, mimeType: "image/bmp", buffer };
}

module.exports = { Gallery, chosen, count, until };
