// Names, descriptions and tags that are written to be run as scripts: each is shown as text.
const assert = require("node:assert");
const { chosen, count, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { theme } = require("../theme.cjs");

const check = theme();
const HOSTILE = [
    `<img src=x onerror="window.broken=1">`,
    `"><script>window.broken=1</script>`,
    `' onmouseover='window.broken=1' x='`,
    "javascript:window.broken=1",
    "${window.broken=1}{{window.broken=1}}",
    "&lt;b&gt; &amp; &quot;",
];
// Commas separate tags, and file names have no slashes.
const asName = (text) => text.replaceAll("/", "∕");
const asTag = (text) => text.replaceAll(",", "").slice(0, 50).toLowerCase();

async function nothingRan(tab) {
    assert.equal(await tab.evaluate(() => window.broken), undefined);
    assert.equal(
        await tab
            .locator('script:not([src]):not([type="importmap"]), img[src="x"], [onmouseover], [onerror]')
            .count(),
        0,
    );
}

for (const text of HOSTILE)
    check(`shown as text: ${text}`, async ({ gallery, tab, service }) => {
        const name = asName(text);
        await service.upload({
            name: "placeholder.bmp",
            filename: name,
            description: text,
            tags: asTag(text),
        });
        const [{ filename, tags }] = await service.images();
        await gallery.open();
        await count(gallery.tiles, 1, "tiles");
        const link = gallery.tiles.getByRole("link");
        assert.equal(
            await link.evaluate((link) => link.getAttribute("aria-label") ?? link.textContent.trim()),
            filename,
        );
        await gallery.button("Filters").click();
        await gallery.filters.getByText(tags[0]).first().click();
        await gallery.active.getByText(tags[0]).first().waitFor();
        await link.click();
        await gallery.viewer.waitFor();
        await gallery.press("i");
        await gallery.details.waitFor();
        const shows = async (field, value) =>
            (await gallery.details.getByRole("textbox", { name: field }).inputValue()).includes(value);
        await until("the description", () => shows("Description", text));
        await until("the tag", () => shows("Tags", tags[0]));
        await nothingRan(tab);
        await gallery.press("Escape");
        await gallery.choose(chosen(`${name}.bmp`, bitmap()));
        await gallery.upload(`${name}.bmp`).waitFor();
        // Otherwise it could end in the next check, which wants an empty store.
        await until("both images", async () => (await service.images()).length === 2);
        await nothingRan(tab);
        await gallery.open({ q: text, user: text, tags: text, from: text, image: text });
        await nothingRan(tab);
    });
