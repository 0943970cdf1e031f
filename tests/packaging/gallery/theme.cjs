// A theme: checks of the gallery that share a service and a Chromium. Each check has a tab of its own
// and starts with an empty store.
const assert = require("node:assert");
const { after, before, beforeEach, test } = require("node:test");
const { Gallery } = require("./gallery.cjs");
const { launch, newTab } = require("../browser/harness.cjs");
const { Service, WORK } = require("./service.cjs");

const MINUTES = 60 * 1000;
const CHECK_TIME = { timeout: 5 * MINUTES };
// So that days and times are the same on every machine.
const PLACE = { locale: "en-US", timezoneId: "UTC", viewport: { width: 1200, height: 800 } };

// Return check(name, steps, options), which runs steps({gallery, tab, service}).
// settings: of the service; options: of the browser's context.
function theme(settings = {}) {
    const service = new Service(settings);
    let browser;
    before(async () => {
        await service.start();
        browser = await launch();
    }, CHECK_TIME);
    after(async () => {
        await browser?.close();
        await service.kill();
    }, CHECK_TIME);
    if (settings.AUTH !== "jwt") beforeEach(() => service.clear(), CHECK_TIME);
    return (name, steps, options = {}) =>
        test(name, CHECK_TIME, () => inTab(browser, service, steps, { ...PLACE, ...options }, name));
}

// Run the steps in a new tab, then look at what it logged and asked for.
async function inTab(browser, service, steps, options, name) {
    const { tab, lines } = await newTab(browser, options);
    const gallery = new Gallery(tab, service.address);
    try {
        await steps({ gallery, tab, service });
        assert.deepEqual(gallery.faults, []);
    } catch (error) {
        await leaveTraces(tab, lines, name);
        throw error;
    } finally {
        await tab.context().close();
    }
}

// Leave a picture of the page and its log for people.
async function leaveTraces(tab, lines, name) {
    const file = `${WORK}/${name.replace(/\W+/g, "-")}.png`;
    await tab.screenshot({ path: file }).catch(() => {});
    console.log(`${name}: see ${file}; the page logged:\n${lines.slice(-20).join("\n")}`);
}

module.exports = { theme };
