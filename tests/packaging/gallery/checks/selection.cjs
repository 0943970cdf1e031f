// Many images at once: selecting, tags, the trash, undo, deleting for good.
const assert = require("node:assert");
const { count, until } = require("../gallery.cjs");
const { IMAGES, hold, isGet } = require("../held.cjs");
const { theme } = require("../theme.cjs");

const check = theme();
const NAMES = ["a.bmp", "b.bmp", "c.bmp", "d.bmp", "e.bmp"];

// Upload five images and open the page: the tiles are e d c b a.
async function openFive(gallery, service, query) {
    for (const name of NAMES) await service.upload({ name, tags: "old" });
    await gallery.open(query);
    await count(gallery.tiles, 5, "tiles");
}

async function selected(gallery, number) {
    if (number === 0) return gallery.toolbar.waitFor({ state: "hidden" });
    await gallery.toolbar.getByText(`${number} selected`).waitFor();
}

async function namesOf(service, query) {
    return (await service.images(query)).map((image) => image.filename).sort();
}

check("clicks select, with shift a range", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await gallery.select("e.bmp");
    await selected(gallery, 1);
    const button = gallery.tile("e.bmp").getByRole("button", { name: "Select e.bmp" });
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    await gallery.link("b.bmp").click({ modifiers: ["Shift"] });
    await selected(gallery, 4);

    await gallery.link("c.bmp").click();
    await selected(gallery, 3);
    assert.equal(await gallery.viewer.isVisible(), false);
    await gallery.button("Cancel selection", gallery.toolbar).click();
    await selected(gallery, 0);
    await gallery.openViewer("c.bmp");
    assert.equal(tab.context().pages().length, 1);
});

check("keys select", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await gallery.link("e.bmp").focus();
    await gallery.press("x");
    await selected(gallery, 1);
    await gallery.press("ArrowRight");
    await gallery.press("Space");
    await selected(gallery, 2);
    await gallery.press("Control+a");
    await selected(gallery, 5);
    await gallery.press("Escape");
    await selected(gallery, 0);
    assert.equal(await tab.evaluate(() => scrollY), 0);
});

check(
    "a long press of a finger begins a selection",
    async ({ gallery, tab, service }) => {
        await openFive(gallery, service);
        const session = await tab.context().newCDPSession(tab);
        const box = await gallery.tile("c.bmp").boundingBox();
        const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
        await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
        await selected(gallery, 1);
        await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
        await gallery.tile("d.bmp").tap();

        await selected(gallery, 2);
        assert.equal(await gallery.viewer.isVisible(), false);
    },
    { hasTouch: true, isMobile: true },
);

check("tags are added to and removed from many", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    for (const name of ["a.bmp", "b.bmp", "c.bmp"]) await gallery.select(name);
    await gallery.button("Tag", gallery.toolbar).click();
    const dialog = gallery.dialog("Tag 3 images");
    await dialog.getByRole("textbox", { name: "Add tags" }).fill("trip, Sea");
    await dialog.getByRole("textbox", { name: "Remove tags" }).fill("old");
    await gallery.button("Apply", dialog).click();
    await dialog.waitFor({ state: "hidden" });

    await until(
        "new tags",
        async () => (await service.images({ tags: "sea,trip", match: "all" })).length === 3,
    );
    assert.deepEqual(await namesOf(service, { tags: "old" }), ["d.bmp", "e.bmp"]);
    assert.equal(await tab.getByRole("alert").count(), 0);
});

check("undo brings images back by the answer, without a new list", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await gallery.select("b.bmp");
    await gallery.select("d.bmp");
    const held = await hold(tab, IMAGES, isGet);
    await gallery.button("Move to trash", gallery.toolbar).click();
    await gallery.notice("Moved 2 images to the trash").waitFor();
    await count(gallery.tiles, 3, "tiles");
    await until("two in the trash", async () => (await service.images({ status: "trashed" })).length === 2);
    await gallery.button("Undo", gallery.notices).click();

    await count(gallery.tiles, 5, "tiles");
    assert.deepEqual(await gallery.names(), ["e.bmp", "d.bmp", "c.bmp", "b.bmp", "a.bmp"]);
    assert.deepEqual(await namesOf(service), NAMES);
    await until("thumbs", async () => (await gallery.loadedThumbs()) === 5);
    await held.release();
});

check("Delete moves the focused image to the trash, Ctrl+Z brings it back", async ({ gallery, service }) => {
    await openFive(gallery, service);
    await gallery.link("c.bmp").focus();
    await gallery.press("Delete");
    await gallery.notice("Moved 1 image to the trash").waitFor();
    await count(gallery.tiles, 4, "tiles");
    await gallery.press("Control+z");

    await count(gallery.tiles, 5, "tiles");
    await until("all five are back", async () => (await service.images()).length === 5);
});

check("a notice can be dismissed", async ({ gallery, service }) => {
    await openFive(gallery, service);
    await gallery.link("c.bmp").focus();
    await gallery.press("Delete");
    await gallery.notice("Moved 1 image to the trash").waitFor();
    await gallery.button("Dismiss", gallery.notices).click();

    await gallery.notice("Moved 1 image to the trash").waitFor({ state: "hidden" });
});

// Open the trash with the newest three of five images.
async function openTrashOfThree(gallery, service) {
    await openFive(gallery, service);
    const images = await service.images();
    await service.batch(
        "trash",
        images.slice(0, 3).map((image) => image.image_id),
    );
    await gallery.open({ trash: "1" });
}

check("images are restored from the trash", async ({ gallery, tab, service }) => {
    await openTrashOfThree(gallery, service);
    await count(gallery.tiles, 3, "tiles");
    await gallery.select("e.bmp");
    await gallery.select("d.bmp");
    await gallery.button("Restore", gallery.toolbar).click();

    await count(gallery.tiles, 1, "tiles");
    assert.deepEqual(await namesOf(service), ["a.bmp", "b.bmp", "d.bmp", "e.bmp"]);
    await tab.getByRole("banner").getByRole("link", { name: "Images", exact: true }).click();
    await count(gallery.tiles, 4, "tiles");
});

check("deleting for good asks first", async ({ gallery, service }) => {
    await openTrashOfThree(gallery, service);
    for (const name of ["c.bmp", "d.bmp", "e.bmp"]) await gallery.select(name);
    await gallery.button("Delete for good", gallery.toolbar).click();
    const dialog = gallery.dialog("Delete 3 images for good?");
    await gallery.button("Cancel", dialog).click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal((await service.images({ status: "trashed" })).length, 3);
    await gallery.button("Delete for good", gallery.toolbar).click();
    await gallery.button("Delete for good", dialog).click();

    await gallery.empty("The trash is empty").waitFor();
    assert.deepEqual(await namesOf(service, { status: "trashed" }), []);
    assert.deepEqual(await namesOf(service), ["a.bmp", "b.bmp"]);
});

check("selected images are downloaded", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await gallery.select("a.bmp");
    await gallery.select("b.bmp");
    const downloads = [];
    tab.on("download", (download) => downloads.push(download.suggestedFilename()));
    await gallery.button("Download", gallery.toolbar).click();

    await until("two downloads", () => downloads.length === 2);
    assert.deepEqual(downloads.sort(), ["a.bmp", "b.bmp"]);
});

check("undo brings back only what was moved", async ({ gallery, service }) => {
    await openFive(gallery, service);
    await gallery.select("a.bmp");
    await gallery.select("b.bmp");
    const gone = (await service.images()).find((image) => image.filename === "a.bmp");
    await service.batch("delete", [gone.image_id]);
    await gallery.button("Move to trash", gallery.toolbar).click();
    await until("b.bmp in the trash", async () => (await service.images({ status: "trashed" })).length === 1);
    await count(gallery.tiles, 3, "tiles");
    await gallery.button("Undo", gallery.notices).click();

    await until("b.bmp is back", async () => (await service.images()).length === 4);
    await gallery.link("b.bmp").waitFor();
    await count(gallery.tiles, 4, "tiles");
});

check("more than a hundred images are moved in several requests", async ({ gallery, tab, service }) => {
    const names = Array.from({ length: 130 }, (_, number) => `${number}.bmp`);
    while (names.length) await Promise.all(names.splice(0, 5).map((name) => service.upload({ name })));
    const last = (await service.images()).at(-1).filename;
    await gallery.open();
    await until("the last tile", async () => {
        await tab.mouse.wheel(0, 600);
        return gallery.link(last).isVisible();
    });
    await gallery.link(last).focus();
    await gallery.press("Control+a");
    await selected(gallery, 130);
    await gallery.press("Delete");

    await gallery.notice("Moved 130 images to the trash").waitFor();
    await gallery.empty("No images yet").waitFor();
    assert.equal((await service.images({ status: "trashed" })).length, 130);
    await gallery.button("Undo", gallery.notices).click();
    await until("all are back", async () => (await service.images()).length === 130);
});
