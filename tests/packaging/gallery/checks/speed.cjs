// How fast the gallery is with many images of one day: COUNT of them, 50,000 by default.
// Counts and memory are checked; times are printed, and checked only with TIMES=1.
const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const { test } = require("node:test");
const { Gallery } = require("../gallery.cjs");
const { launch, newTab } = require("../../browser/harness.cjs");
const { Service } = require("../service.cjs");

const COUNT = Number(process.env.COUNT ?? 50_000);
const PAGE = 60;
const MOST = { heap: 60e6, elements: 4000, firstPicture: 300, longTask: 50 };
const TIMEOUT = { timeout: 30 * 60 * 1000 };
// The record with the number 0 is the oldest; see seed.py.
const LAST = `00000000${"5".repeat(24)}`;

// Runs in the page before its own scripts: when the first picture is painted, and long tasks.
function observe() {
    window.tasks = [];
    new PerformanceObserver((list) =>
        window.tasks.push(...list.getEntries().map((task) => Math.round(task.duration))),
    ).observe({
        type: "longtask",
        buffered: true,
    });
    const painted = (event) => {
        if (event.target.tagName !== "IMG" || window.firstPicture) return;
        window.firstPicture = performance.now();
        requestAnimationFrame(() => requestAnimationFrame(() => (window.firstPicture = performance.now())));
    };
    document.addEventListener("load", painted, { capture: true });
}

// Runs in the page: scroll a window's height a frame, until the last image is there.
async function scrollThrough(last) {
    const frame = () => new Promise(requestAnimationFrame);
    let most = 0;
    while (!document.querySelector(`.tile[data-id="${last}"]`)) {
        scrollBy(0, innerHeight);
        await frame();
        most = Math.max(most, document.getElementsByTagName("*").length);
    }
    return most;
}

async function heap(session) {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize;
}

function seed(service) {
    const folder = service.settings.DATA_DIR;
    execFileSync(process.env.PYTHON, ["-m", "tests.packaging.gallery.seed", "many", folder, String(COUNT)]);
}

// Open the page once before, so that the service and its files are warm.
async function warm(browser, service) {
    const { tab } = await newTab(browser);
    const gallery = new Gallery(tab, service.address);
    await gallery.open();
    await tab.context().close();
}

async function measured(browser, service) {
    const { tab } = await newTab(browser, { viewport: { width: 1400, height: 900 }, timezoneId: "UTC" });
    const gallery = new Gallery(tab, service.address);
    const session = await tab.context().newCDPSession(tab);
    await tab.addInitScript(observe);
    await gallery.open();
    await tab.waitForFunction(() => window.firstPicture);
    const firstPicture = Math.round(
        await tab.evaluate(
            () =>
                new Promise((resolve) =>
                    requestAnimationFrame(() =>
                        requestAnimationFrame(() =>
                            requestAnimationFrame(() => resolve(window.firstPicture)),
                        ),
                    ),
                ),
        ),
    );
    const before = await heap(session);
    const start = Date.now();
    const elements = await tab.evaluate(scrollThrough, LAST);
    const seconds = (Date.now() - start) / 1000;
    const longTasks = await tab.evaluate(() => window.tasks);
    const more = (await heap(session)) - before;
    assert.deepEqual(gallery.faults, []);
    return { firstPicture, lists: gallery.lists().length, heap: more, elements, seconds, longTasks };
}

test(`${COUNT} images`, TIMEOUT, async () => {
    const service = new Service({ LOG_LEVEL: "WARNING" });
    seed(service);
    await service.start();
    const browser = await launch();
    try {
        await warm(browser, service);
        const { firstPicture, lists, heap, elements, seconds, longTasks } = await measured(browser, service);
        const longest = Math.max(0, ...longTasks);
        console.log(`first picture painted after ${firstPicture} ms
scrolled through ${COUNT} images in ${seconds.toFixed(1)} s with ${lists} requests for the list
${(heap / 1e6).toFixed(1)} MB more on the heap, at most ${elements} elements in the document
${longTasks.length} tasks over 50 ms, the longest ${longest} ms`);
        const pages = Math.ceil(COUNT / PAGE);
        assert.ok(lists === pages || lists === pages + 1, `${lists} requests for ${pages} pages`);
        assert.ok(heap < MOST.heap, "heap");
        assert.ok(elements < MOST.elements, "elements");
        if (!process.env.TIMES) return;
        assert.ok(firstPicture < MOST.firstPicture, "first picture");
        assert.ok(longest <= MOST.longTask, "long tasks");
    } finally {
        await browser.close();
        await service.kill();
    }
});
