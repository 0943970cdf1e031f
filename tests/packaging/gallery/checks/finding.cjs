// Finding images: filters, the address bar, the trash's list, and lists that do not end.
const assert = require("node:assert");
const { count, until } = require("../gallery.cjs");
const { theme } = require("../theme.cjs");

const check = theme();
const PAGE = 60;

function address(tab) {
    return Object.fromEntries(new URL(tab.url()).searchParams);
}

// Three images of two users, one with a description.
async function uploadSome(service) {
    await service.upload({ name: "one.bmp", user_id: "ana", tags: "beach,sea" });
    await service.upload({ name: "two.bmp", user_id: "ana", tags: "beach" });
    await service.upload({ name: "three.bmp", user_id: "bob", description: "a lighthouse" });
}

async function openFilters(gallery) {
    await gallery.button("Filters").click();
    await gallery.filters.waitFor();
    assert.equal(await gallery.button("Filters").getAttribute("aria-expanded"), "true");
}

check("tags show their counts and filter the list", async ({ gallery, tab, service }) => {
    await uploadSome(service);
    await gallery.open();
    await openFilters(gallery);
    const beach = gallery.filters.getByRole("button", { name: "beach 2", exact: true });
    await beach.click();

    await count(gallery.tiles, 2, "tiles");
    assert.equal(await beach.getAttribute("aria-pressed"), "true");
    assert.deepEqual(address(tab), { tags: "beach" });
    await gallery.filters.getByRole("button", { name: /^sea 1$/ }).click();
    await count(gallery.tiles, 1, "tiles");
    await gallery.button("Remove filter: beach", gallery.active).click();
    await gallery.button("Remove filter: sea", gallery.active).click();
    await count(gallery.tiles, 3, "tiles");
});

check("a user filters the list", async ({ gallery, tab, service }) => {
    await uploadSome(service);
    await gallery.open();
    await openFilters(gallery);
    await gallery.filters.getByRole("textbox", { name: "User", exact: true }).fill("bob");
    await gallery.press("Enter");

    await count(gallery.tiles, 1, "tiles");
    assert.equal(address(tab).user, "bob");
    await gallery.button("Remove filter: user bob", gallery.active).click();
    await count(gallery.tiles, 3, "tiles");
});

check("a text is looked for, and filters are cleared", async ({ gallery, tab, service }) => {
    await uploadSome(service);
    await gallery.open();
    const box = tab.getByRole("searchbox", { name: "Search names, descriptions and tags" });
    await box.fill("lighthouse");
    await box.press("Enter");

    await gallery.link("three.bmp").waitFor();
    await count(gallery.tiles, 1, "tiles");
    assert.equal(address(tab).q, "lighthouse");
    await gallery.button("Remove filter: “lighthouse”", gallery.active).waitFor();
    await box.fill("nothing like this");
    await box.press("Enter");
    await gallery.empty("Nothing found").waitFor();
    await gallery.button("Clear filters", gallery.main).last().click();
    await count(gallery.tiles, 3, "tiles");
    assert.equal(await box.inputValue(), "");
});

check("days filter the list, both included", async ({ gallery, tab, service }) => {
    await uploadSome(service);
    const day = (await service.images())[0].created_at.slice(0, 10);
    await gallery.open({ from: day, to: day });
    await count(gallery.tiles, 3, "tiles");

    await openFilters(gallery);
    assert.equal(await gallery.filters.getByLabel("From").inputValue(), day);
    await gallery.filters.getByLabel("From").fill("2030-01-01");
    await gallery.filters.getByLabel("From").press("Enter");
    await gallery.button("Remove filter: from 2030-01-01", gallery.active).waitFor();
    await gallery.button(`Remove filter: until ${day}`, gallery.active).waitFor();
    assert.equal(address(tab).from, "2030-01-01");
    await gallery.empty("Nothing found").waitFor();
    await gallery.button("Clear filters", gallery.main).last().click();
    await count(gallery.tiles, 3, "tiles");
});

check(
    "days are those of the user's place, not of Greenwich",
    async ({ gallery, service }) => {
        await uploadSome(service);
        const [{ created_at }] = await service.images();
        const shown = { timeZone: "Pacific/Kiritimati", year: "numeric", month: "2-digit", day: "2-digit" };
        const local = new Date(created_at).toLocaleDateString("sv-SE", shown);
        await gallery.open({ from: local, to: local });

        await count(gallery.tiles, 3, "tiles");
        const [, lower, upper] =
            gallery
                .lists()[0]
                .url()
                .match(/created_after=([^&]*).*created_before=([^&]*)/) ?? [];
        const hours = (new Date(decodeURIComponent(upper)) - new Date(decodeURIComponent(lower))) / 3.6e6;
        assert.ok(Math.abs(hours - 24) < 0.01, `a day of ${hours} hours`);
    },
    { timezoneId: "Pacific/Kiritimati" },
);

check("back and forward go through filters and viewer", async ({ gallery, tab, service }) => {
    await uploadSome(service);
    await gallery.open();
    await openFilters(gallery);
    await gallery.filters.getByRole("button", { name: "beach 2", exact: true }).click();
    await count(gallery.tiles, 2, "tiles");
    await gallery.openViewer("two.bmp");

    await tab.goBack();
    await gallery.viewer.waitFor({ state: "hidden" });
    await count(gallery.tiles, 2, "tiles");
    await tab.goBack();
    await count(gallery.tiles, 3, "tiles");
    await tab.goForward();
    await count(gallery.tiles, 2, "tiles");
    await tab.goForward();
    await gallery.dialog("two.bmp").waitFor();
    await tab.reload();
    await gallery.dialog("two.bmp").waitFor();
    await gallery.press("Escape");
    await count(gallery.tiles, 2, "tiles");
});

check("the header leads to the trash and home", async ({ gallery, tab, service }) => {
    await uploadSome(service);
    const { image_id } = (await service.images())[0];
    await service.batch("trash", [image_id]);
    await gallery.open();
    const trash = tab.getByRole("banner").getByRole("link", { name: "Trash", exact: true });
    await trash.click();

    await gallery.link("three.bmp").waitFor();
    await count(gallery.tiles, 1, "tiles");
    assert.equal(await trash.getAttribute("aria-current"), "page");
    assert.equal(address(tab).trash, "1");
    await tab.getByRole("banner").getByRole("link", { name: "Images", exact: true }).click();
    await count(gallery.tiles, 2, "tiles");
    assert.deepEqual(address(tab), {});
});

check("an empty store and an empty trash say what to do", async ({ gallery, service }) => {
    await gallery.open();
    await gallery.empty("No images yet").waitFor();
    await gallery.main.getByText("Drop a picture here").waitFor();
    const command = await gallery.main.locator("pre").textContent();
    assert.match(command, /curl/);
    assert.ok(command.includes(service.address), command);

    await gallery.open({ trash: "1" });
    await gallery.empty("The trash is empty").waitFor();
});

check("the list goes on while one scrolls, with one request a page", async ({ gallery, tab, service }) => {
    const total = 2 * PAGE + 5;
    const names = Array.from({ length: total }, (_, number) => `${number}.bmp`);
    while (names.length) await Promise.all(names.splice(0, 5).map((name) => service.upload({ name })));
    const [{ filename: last }] = (await service.images()).slice(-1);
    await gallery.open();
    await until("the last tile", async () => {
        await tab.mouse.wheel(0, 600);
        return gallery.link(last).isVisible();
    });

    const cursors = gallery.lists().map((request) => new URL(request.url()).searchParams.get("cursor"));
    assert.equal(cursors.length, 3, "requests for the list");
    assert.equal(new Set(cursors).size, 3, "different cursors");
    for (const request of gallery.lists())
        assert.equal(new URL(request.url()).searchParams.get("limit"), String(PAGE));
});
