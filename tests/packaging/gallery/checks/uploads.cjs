// Putting images in: by drop, chooser and paste; three at a time; large ones directly to the store.
const assert = require("node:assert");
const { mkdirSync, rmSync, writeFileSync } = require("node:fs");
const { resolve } = require("node:path");
const { chosen, count, until } = require("../gallery.cjs");
const { bitmap, noise } = require("../bitmaps.cjs");
const { IMAGES, hold, isPost } = require("../held.cjs");
const { ON_AWS, WORK } = require("../service.cjs");
const { theme } = require("../theme.cjs");

const check = theme();

// Drag files and folders of the disk over the page, as a person does; return how to drop them.
async function drag(tab, paths) {
    const session = await tab.context().newCDPSession(tab);
    const data = { items: [], files: paths.map((path) => resolve(path)), dragOperationsMask: 1 };
    const send = (type) => session.send("Input.dispatchDragEvent", { type, x: 300, y: 400, data });
    await send("dragEnter");
    await send("dragOver");
    return () => send("drop");
}

// Write pictures of these names into a folder of the disk; return their paths.
function written(folder, names) {
    const place = `${WORK}/${folder}`;
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    return names.map((name) => {
        writeFileSync(`${place}/${name}`, bitmap());
        return `${place}/${name}`;
    });
}

check("files are dropped anywhere on the window", async ({ gallery, tab, service }) => {
    await gallery.open();
    const drop = await drag(tab, written("dropped", ["one.bmp", "two é.bmp"]));
    await tab.locator("#drop").getByText("Drop to upload").waitFor();
    await drop();

    await count(gallery.tiles, 2, "tiles");
    await tab.locator("#drop").waitFor({ state: "hidden" });
    const names = (await service.images({ user_id: "me" })).map((image) => image.filename);
    assert.deepEqual(names.sort(), ["one.bmp", "two é.bmp"]);
});

check("a drag that leaves the window changes nothing", async ({ gallery, tab }) => {
    await gallery.open();
    await drag(tab, written("left", ["one.bmp"]));
    await tab.locator("#drop").waitFor();
    // As Chromium does when the mouse leaves the window.
    await tab.evaluate(() =>
        document.elementFromPoint(1, 1).dispatchEvent(new DragEvent("dragleave", { bubbles: true })),
    );

    await tab.locator("#drop").waitFor({ state: "hidden" });
    assert.equal(await gallery.tiles.count(), 0);
});

check("the files of a dropped folder are uploaded", async ({ gallery, tab, service }) => {
    await gallery.open();
    written("folder", ["one.bmp", "two.bmp"]);
    await (
        await drag(tab, [`${WORK}/folder`])
    )();

    await until("both files", async () => (await service.images()).length === 2);
});

check("files of a script's drop event are uploaded", async ({ gallery, tab }) => {
    await gallery.open();
    await dispatch(tab, "drop", "dataTransfer", "scripted.bmp");

    await gallery.link("scripted.bmp").waitFor();
});

check("a pasted picture is uploaded", async ({ gallery, tab }) => {
    await gallery.open();
    await dispatch(tab, "paste", "clipboardData", "pasted.bmp");

    await gallery.link("pasted.bmp").waitFor();
});

// Send an event with a file to the page's body.
function dispatch(tab, type, property, name) {
    const sent = { type, property, name, content: bitmap().toString("base64") };
    return tab.evaluate(({ type, property, name, content }) => {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        const files = new DataTransfer();
        files.items.add(new File([bytes], name, { type: "image/bmp" }));
        const Event = type === "paste" ? ClipboardEvent : DragEvent;
        document.body.dispatchEvent(new Event(type, { [property]: files, bubbles: true, cancelable: true }));
    }, sent);
}

check("chosen files are uploaded, shown in their list and in the images", async ({ gallery, service }) => {
    await gallery.open();
    const held = await hold(gallery.tab, IMAGES, isPost);
    await gallery.choose([chosen("one.bmp", bitmap()), chosen("two.bmp", bitmap())]);
    await gallery.uploads.getByRole("progressbar", { name: "All uploads" }).waitFor();
    for (const name of ["one.bmp", "two.bmp"]) {
        await gallery.uploads.getByRole("progressbar", { name: `Upload of ${name}` }).waitFor();
        await gallery.button(`Cancel ${name}`, gallery.uploads).waitFor();
    }
    await held.release();

    await count(gallery.tiles, 2, "tiles");
    await gallery.button("Cancel one.bmp", gallery.uploads).waitFor({ state: "detached" });
    await gallery.button("Show less", gallery.uploads).click();
    await gallery.button("Show uploads", gallery.uploads).click();
    await gallery.button("Close uploads", gallery.uploads).click();
    await gallery.uploads.waitFor({ state: "hidden" });
    await until("thumbs", async () => (await gallery.loadedThumbs()) === 2);
    assert.equal((await service.images({ user_id: "me" })).length, 2);
});

check("the button Upload opens the chooser", async ({ gallery, tab }) => {
    await gallery.open();
    const opening = tab.waitForEvent("filechooser");
    await tab.getByRole("banner").getByRole("button", { name: "Upload", exact: true }).click();
    const chooser = await opening;

    assert.ok(chooser.isMultiple());
    await chooser.setFiles(chosen("one.bmp", bitmap()));
    await gallery.link("one.bmp").waitFor();
});

check("an upload is for the chosen user, which the browser remembers", async ({ gallery, tab, service }) => {
    await gallery.open();
    await gallery.choose(chosen("one.bmp", bitmap()));
    await gallery.link("one.bmp").waitFor();
    const user = gallery.uploads.getByRole("textbox", { name: "Upload as user" });
    assert.equal(await user.inputValue(), "me");
    await user.fill("ana");
    await user.press("Tab");
    await gallery.choose(chosen("two.bmp", bitmap()));
    await gallery.link("two.bmp").waitFor();
    await tab.reload();
    await gallery.settled();
    await gallery.choose(chosen("three.bmp", bitmap()));
    await gallery.link("three.bmp").waitFor();
    await gallery.open({ user: "bob" });
    await gallery.choose(chosen("four.bmp", bitmap()));
    await gallery.link("four.bmp").waitFor();

    const users = (await service.images()).map((image) => image.user_id);
    assert.deepEqual(users, ["bob", "ana", "ana", "me"]);
});

check("of twelve files three are uploaded at a time", async ({ gallery, service }) => {
    await gallery.open();
    const held = await hold(gallery.tab, IMAGES, isPost);
    const names = Array.from({ length: 12 }, (_, number) => `${number}.bmp`);
    await gallery.choose(names.map((name) => chosen(name, bitmap())));
    await count(gallery.uploads.getByRole("listitem"), 12, "files");
    for (let left = 12; left > 0; left--) {
        await until(`${Math.min(3, left)} held uploads`, () => held.routes.length === Math.min(3, left));
        await held.next();
    }

    await until("twelve images", async () => (await service.images()).length === 12);
    await count(gallery.tiles, 12, "tiles");
    assert.equal(held.most, 3);
});

check("leaving while an upload runs asks first", async ({ gallery, tab }) => {
    await gallery.open();
    // A browser asks only where somebody has touched the page.
    await gallery.button("Filters").click();
    const held = await hold(tab, IMAGES, isPost);
    await gallery.choose(chosen("one.bmp", bitmap()));
    await until("a held upload", () => held.routes.length === 1);
    const asking = tab.waitForEvent("dialog");
    await tab.close({ runBeforeUnload: true });
    const question = await asking;
    assert.equal(question.type(), "beforeunload");
    await question.dismiss();
    await held.release();

    await gallery.link("one.bmp").waitFor();
    await gallery.button("Cancel one.bmp", gallery.uploads).waitFor({ state: "detached" });
    const asked = [];
    tab.on("dialog", (dialog) => asked.push(dialog.type()) && dialog.accept());
    await tab.reload();
    await gallery.link("one.bmp").waitFor();
    assert.deepEqual(asked, [], "no question once all is done");
});

check("a picture of 9 MB goes directly to the store", async ({ gallery, tab, service }) => {
    const picture = noise();
    await gallery.open();
    await gallery.choose(chosen("large.bmp", picture));
    await gallery.link("large.bmp").waitFor();

    const [image] = await service.images();
    assert.deepEqual([image.size, image.width, image.height], [picture.length, 2000, 1500]);
    await until("its thumb", async () => (await gallery.loadedThumbs()) === 1);
    const [offer] = gallery.sent("POST", /\/images$/);
    assert.match(offer.headers()["content-type"], /json/);
    const host = new URL(ON_AWS ? process.env.AWS_ENDPOINT_URL : service.address).host;
    const direct = gallery.requests.filter(
        (request) =>
            ["PUT", "POST"].includes(request.method()) &&
            request !== offer &&
            new URL(request.url()).host === host,
    );
    assert.equal(direct.length, 1, "one request with the bytes");
});
