// Looking at images: the tiles, the viewer, its details, and what leaves it.
const assert = require("node:assert");
const { statSync } = require("node:fs");
const { count, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { theme } = require("../theme.cjs");

const check = theme();
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

// Upload these names, the first one first; return the images.
async function uploadAll(service, names) {
    const images = [];
    for (const name of names) images.push(await service.upload({ name }));
    return images;
}

check(
    "tiles stand below their day, the newest first, with their thumbs",
    async ({ gallery, tab, service }) => {
        const [oldest] = await uploadAll(service, ["a.bmp", "b.bmp", "c.bmp"]);
        await gallery.open();

        await count(gallery.tiles, 3, "tiles");
        await until("three loaded thumbs", async () => (await gallery.loadedThumbs()) === 3);
        const day = await tab.evaluate(
            (created) =>
                new Date(created).toLocaleDateString(undefined, {
                    weekday: "long",
                    day: "numeric",
                    month: "long",
                    year: "numeric",
                }),
            oldest.created_at,
        );
        await gallery.main.getByRole("heading", { level: 2, name: day }).waitFor();
        assert.deepEqual(await gallery.names(), ["c.bmp", "b.bmp", "a.bmp"]);
        assert.equal(
            await tab.locator(".tile").first().getAttribute("data-id"),
            (await service.images())[0].image_id,
        );
    },
);

check(
    "the viewer shows the large picture and goes on with keys and buttons",
    async ({ gallery, tab, service }) => {
        await uploadAll(service, ["a.bmp", "b.bmp"]);
        const { image_id } = await service.upload({ name: "c.bmp", picture: bitmap(1800, 800) });
        await gallery.open();
        await gallery.openViewer("c.bmp");

        assert.deepEqual(await gallery.largeSize(), [1600, 711]);
        assert.equal(new URL(tab.url()).searchParams.get("image"), image_id);
        await gallery.press("ArrowRight");
        await gallery.dialog("b.bmp").waitFor();
        await gallery.button("Next image").click();
        await gallery.dialog("a.bmp").waitFor();
        await gallery.press("ArrowLeft");
        await gallery.dialog("b.bmp").waitFor();
        await gallery.button("Previous image").click();
        await gallery.dialog("c.bmp").waitFor();
        assert.deepEqual(await gallery.largeSize(), [1600, 711]);
        await gallery.press("Escape");
        await gallery.viewer.waitFor({ state: "hidden" });
        assert.equal(new URL(tab.url()).searchParams.get("image"), null);
    },
);

check("the viewer opens by its address, without the list before it", async ({ gallery, service }) => {
    const [image] = await uploadAll(service, ["a.bmp", "b.bmp"]);
    await gallery.open({ image: image.image_id });

    await gallery.dialog("a.bmp").waitFor();
    await gallery.largeSize();
    await gallery.button("Close", gallery.viewer).click();
    await gallery.viewer.waitFor({ state: "hidden" });
    await count(gallery.tiles, 2, "tiles");
});

check("the address of an image that is gone says so", async ({ gallery, tab, service }) => {
    await uploadAll(service, ["a.bmp"]);
    await gallery.open({ image: "0".repeat(32) });

    await tab
        .getByText(/not found|no image|does not exist|gone/i)
        .first()
        .waitFor();
    await count(gallery.tiles, 1, "tiles");
});

check("zoom makes the picture larger and smaller", async ({ gallery, service }) => {
    await service.upload({ name: "a.bmp", picture: bitmap(1200, 900) });
    await gallery.open();
    await gallery.openViewer("a.bmp");
    await gallery.largeSize();
    const width = async () => (await gallery.large.boundingBox()).width;
    const fitting = await until("a shown picture", width);

    await gallery.button("Zoom in").click();
    await until("a larger picture", async () => (await width()) > fitting * 1.1);
    await gallery.button("Zoom out").click();
    await until("the picture as before", async () => Math.abs((await width()) - fitting) < 2);
    await gallery.press("+");
    await gallery.press("+");
    await until("a larger picture", async () => (await width()) > fitting * 1.2);
    await gallery.press("0");
    await until("the picture as before", async () => Math.abs((await width()) - fitting) < 2);
});

check(
    "details tell what is known, and change name, description and tags",
    async ({ gallery, tab, service }) => {
        const { image_id } = await service.upload({ name: "a.bmp", user_id: "ana", tags: "beach" });
        await gallery.open();
        await gallery.openViewer("a.bmp");
        await gallery.press("i");
        assert.equal(await gallery.button("Details", gallery.viewer).getAttribute("aria-pressed"), "true");
        for (const text of ["Size", "Dimensions", "Type", "Uploaded", "User", "Private metadata", "ana"])
            await gallery.details.getByText(text).first().waitFor();
        await gallery.details.getByText(/64\s*×\s*48/).waitFor();

        await change(gallery, "Name", "Zürich 日本.bmp");
        await gallery.details.getByText("Saved").first().waitFor();
        await change(gallery, "Description", "the last day");
        await change(gallery, "Tags", "sea, trip");
        await until("all changes are stored", async () => {
            const image = await service.ask(`/images/${image_id}`);
            return (
                image.filename === "Zürich 日本.bmp" &&
                image.description === "the last day" &&
                image.tags.join() === "sea,trip"
            );
        });
        await tab.reload();
        await gallery.dialog("Zürich 日本.bmp").waitFor();
        if (!(await gallery.details.isVisible())) await gallery.press("i");
        const value = (field) => gallery.details.getByRole("textbox", { name: field }).inputValue();
        await until("the new description", async () => (await value("Description")) === "the last day");
        assert.match(await value("Tags"), /^sea, ?trip$/);
        await gallery.press("Escape");
        await gallery.link("Zürich 日本.bmp").waitFor();
    },
);

async function change(gallery, field, text) {
    const box = gallery.details.getByRole("textbox", { name: field, exact: true });
    await box.fill(text);
    // Enter makes a new line where there may be several.
    if (field === "Description") await box.blur();
    else await box.press("Enter");
}

check("a change is sent once, and none where nothing has changed", async ({ gallery, service }) => {
    await service.upload({ name: "a.bmp" });
    await gallery.open();
    await gallery.openViewer("a.bmp");
    await gallery.press("i");
    await change(gallery, "Tags", "sea");
    await gallery.details.getByText("Saved").first().waitFor();
    await gallery.details.getByRole("textbox", { name: "Tags", exact: true }).blur();
    await change(gallery, "Name", "b.bmp");
    await until("the new name", async () => (await service.images())[0].filename === "b.bmp");

    const [{ version }] = await service.images();
    assert.equal(version, 3);
    assert.equal(gallery.sent("PATCH", /images/).length, 2);
});

check("a change that the service refuses is explained beside its field", async ({ gallery, service }) => {
    const { image_id } = await service.upload({ name: "a.bmp" });
    await gallery.open();
    await gallery.openViewer("a.bmp");
    await gallery.press("i");
    await change(gallery, "Tags", "x".repeat(300));

    const box = gallery.details.getByRole("textbox", { name: "Tags", exact: true });
    await until("a field marked as invalid", async () => (await box.getAttribute("aria-invalid")) === "true");
    assert.deepEqual((await service.ask(`/images/${image_id}`)).tags, []);
});

check("keys that are typed into a field do not move the viewer", async ({ gallery, service }) => {
    await uploadAll(service, ["a.bmp", "b.bmp"]);
    await gallery.open();
    await gallery.openViewer("b.bmp");
    await gallery.press("i");
    const box = gallery.details.getByRole("textbox", { name: "Name", exact: true });
    await until("the name", async () => (await box.inputValue()) === "b.bmp");
    await box.press("End");
    await box.pressSequentially("+0i- x");
    await box.press("ArrowRight");
    await box.press("Delete");

    assert.equal(await box.inputValue(), "b.bmp+0i- x");
    assert.equal((await service.images()).length, 2);
});

check(
    "the link of an image can be copied",
    async ({ gallery, tab, service }) => {
        const [image] = await uploadAll(service, ["a.bmp"]);
        await gallery.open();
        await gallery.openViewer("a.bmp");
        await gallery.button("Copy link").click();

        const link = await until("a link in the clipboard", () =>
            tab.evaluate(() => navigator.clipboard.readText()),
        );
        assert.ok(link.includes(image.image_id), link);
        await gallery.notices.getByText(/copied/i).waitFor();
    },
    CLIPBOARD,
);

check("a download has the file's own name and bytes", async ({ gallery, tab, service }) => {
    const picture = bitmap(80, 60);
    await service.upload({ name: "Zürich – 日本 é.bmp", picture });
    await gallery.open();
    await gallery.openViewer("Zürich – 日本 é.bmp");
    const coming = tab.waitForEvent("download");
    await gallery.viewer
        .getByRole("button", { name: "Download" })
        .or(gallery.viewer.getByRole("link", { name: "Download" }))
        .click();

    const download = await coming;
    assert.equal(download.suggestedFilename(), "Zürich – 日本 é.bmp");
    assert.equal(statSync(await download.path()).size, picture.length);
});

check("an image in the viewer goes to the trash, and the next one is shown", async ({ gallery, service }) => {
    await uploadAll(service, ["a.bmp", "b.bmp"]);
    await gallery.open();
    await gallery.openViewer("b.bmp");
    await gallery.press("Delete");

    await gallery.dialog("a.bmp").waitFor();
    await until("one image left", async () => (await service.images()).length === 1);
    assert.equal((await service.images({ status: "trashed" }))[0].filename, "b.bmp");
});
