// Writes pictures of the page for people, into .tools/gallery-pictures/.
const { execFileSync } = require("node:child_process");
const { mkdirSync, rmSync } = require("node:fs");
const { after, before, test } = require("node:test");
const { Gallery, chosen, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { IMAGES, hold, isPost } = require("../held.cjs");
const { launch, newTab } = require("../../browser/harness.cjs");
const { SECRET, Service } = require("../service.cjs");

const FOLDER = ".tools/gallery-pictures";
const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const FIRST = "Lake 1.jpg";
const TIMEOUT = { timeout: 10 * 60 * 1000 };
const [filled, bare, closed] = [
    new Service(),
    new Service(),
    new Service({ AUTH: "jwt", JWT_SECRET: SECRET }),
];
let browser;

before(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    execFileSync(process.env.PYTHON, [
        "-m",
        "tests.packaging.gallery.seed",
        "pictures",
        filled.settings.DATA_DIR,
    ]);
    await Promise.all([filled, bare, closed].map((service) => service.start()));
    browser = await launch();
}, TIMEOUT);
after(async () => {
    await browser?.close();
    await Promise.all([filled, bare, closed].map((service) => service.kill()));
}, TIMEOUT);

// The pictures of all tiles in the window are loaded.
function thumbs(gallery) {
    return until(
        "all thumbs",
        async () =>
            (await gallery.tiles.count()) > 0 &&
            (await gallery.loadedThumbs()) === (await gallery.tiles.count()),
    );
}

async function openViewer(gallery) {
    await thumbs(gallery);
    await gallery.openViewer(FIRST);
    await gallery.largeSize();
}

const VIEWS = {
    grid: thumbs,
    filters: async (gallery) => {
        await thumbs(gallery);
        await gallery.button("Filters").click();
        await gallery.filters.getByRole("button", { name: /^sea / }).click();
        await gallery.active.waitFor();
        await thumbs(gallery);
    },
    viewer: openViewer,
    details: async (gallery) => {
        await openViewer(gallery);
        await gallery.button("Details", gallery.viewer).click();
        await gallery.details.waitFor();
    },
    selection: async (gallery) => {
        await thumbs(gallery);
        const names = await gallery.names();
        await gallery.link(names[1]).focus();
        for (const key of ["x", "ArrowRight", "x"]) await gallery.press(key);
        await gallery.toolbar.getByText("2 selected").waitFor();
    },
    tags: async (gallery) => {
        await VIEWS.selection(gallery);
        await gallery.button("Tag", gallery.toolbar).click();
    },
    uploads: async (gallery) => {
        await thumbs(gallery);
        await gallery.choose(chosen("text.bmp", Buffer.from("no picture")));
        await gallery
            .upload("text.bmp")
            .getByText(/Send a/)
            .waitFor();
        const held = await hold(gallery.tab, IMAGES, isPost);
        await gallery.choose(["one", "two", "three", "four"].map((name) => chosen(`${name}.bmp`, bitmap())));
        await until("held uploads", () => held.routes.length === 3);
    },
    drop: async (gallery) => {
        await thumbs(gallery);
        const session = await gallery.tab.context().newCDPSession(gallery.tab);
        const data = { items: [], files: [`${process.cwd()}/docs/postman/beach.png`], dragOperationsMask: 1 };
        for (const type of ["dragEnter", "dragOver"])
            await session.send("Input.dispatchDragEvent", { type, x: 200, y: 300, data });
        await gallery.tab.locator("#drop").waitFor();
    },
    notice: async (gallery) => {
        await thumbs(gallery);
        await gallery.tab.route("**/images/**", (route) =>
            /POST|DELETE/.test(route.request().method())
                ? route.fulfill(answered(route.request()))
                : route.fallback(),
        );
        await gallery.link((await gallery.names())[2]).focus();
        await gallery.press("Delete");
        await gallery.button("Undo", gallery.notices).waitFor();
    },
    error: async (gallery) => {
        await gallery.tab.route(IMAGES, (route) => route.abort("connectionrefused"));
        await gallery.open();
        await gallery.tab.getByRole("alert").waitFor();
    },
    nothing: (gallery) => gallery.open({ q: "no such text" }),
};

// The answer of a change that all images accept, so that no picture is really moved.
function answered(request) {
    if (request.method() === "DELETE") return { status: 204, body: "" };
    const { image_ids = [] } = request.postDataJSON() ?? {};
    return { json: { results: image_ids.map((image_id) => ({ image_id, status: 200 })) } };
}

function picture(name, service, reach, options) {
    test(name, TIMEOUT, async () => {
        const { tab } = await newTab(browser, { locale: "en-GB", ...options });
        const gallery = new Gallery(tab, service.address);
        try {
            await reach(gallery);
        } finally {
            await gallery.still();
            await tab.screenshot({ path: `${FOLDER}/${name}.png` });
            await tab.context().close();
        }
    });
}

for (const [kind, options] of Object.entries({
    desktop: DESKTOP,
    phone: PHONE,
    dark: { ...DESKTOP, colorScheme: "dark" },
})) {
    for (const [name, reach] of Object.entries(VIEWS))
        picture(
            `${kind}-${name}`,
            filled,
            async (gallery) => (await gallery.open(), reach(gallery)),
            options,
        );
    picture(`${kind}-empty`, bare, (gallery) => gallery.open(), options);
    picture(`${kind}-trash`, bare, (gallery) => gallery.open({ trash: "1" }), options);
    picture(
        `${kind}-token`,
        closed,
        async (gallery) => {
            await gallery.ready;
            await gallery.tab.goto(closed.address);
            await gallery.dialog("Sign in").waitFor();
        },
        options,
    );
}
