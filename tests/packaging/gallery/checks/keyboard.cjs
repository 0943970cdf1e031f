// By keyboard alone, and where the focus is.
const assert = require("node:assert");
const { chosen, count, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { theme } = require("../theme.cjs");

const check = theme();

// The accessible name of what has the focus, roughly.
function focused(tab) {
    return tab.evaluate(() => {
        const { activeElement: element } = document;
        return element.getAttribute("aria-label") ?? element.textContent.trim();
    });
}

async function focusIsOn(gallery, name) {
    await until(`the focus on the tile ${name}`, () =>
        gallery.link(name).evaluate((link) => link === document.activeElement),
    );
}

// Press Tab until the wanted element has the focus.
async function tabTo(tab, locator, most = 60) {
    for (let presses = 0; presses < most; presses++) {
        if (await locator.evaluateAll((found) => found.includes(document.activeElement))) return;
        await tab.keyboard.press("Tab");
    }
    assert.fail(`Tab does not reach ${locator}; it is on ${await focused(tab)}`);
}

async function openFive(gallery, service) {
    for (const name of ["a.bmp", "b.bmp", "c.bmp", "d.bmp", "e.bmp"])
        await service.upload({ name, tags: "beach" });
    await gallery.open();
    await count(gallery.tiles, 5, "tiles");
}

check("the whole journey needs no mouse", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await tabTo(tab, tab.getByRole("searchbox"));
    await tab.keyboard.type("bmp");
    await gallery.press("Enter");
    await gallery.button("Remove filter: “bmp”", gallery.active).waitFor();
    await tabTo(tab, gallery.button("Remove filter: “bmp”", gallery.active));
    await gallery.press("Enter");
    await until("no filter", () => new URL(tab.url()).search === "");
    await count(gallery.tiles, 5, "tiles");
    await tabTo(tab, gallery.tiles.getByRole("link"));
    await focusIsOn(gallery, "e.bmp");
    await gallery.press("Enter");
    await gallery.dialog("e.bmp").waitFor();
    await gallery.press("ArrowRight");
    await gallery.dialog("d.bmp").waitFor();
    await gallery.press("i");
    const description = gallery.details.getByRole("textbox", { name: "Description" });
    await tabTo(tab, description);
    await tab.keyboard.type("by keyboard");
    await gallery.press("Tab");
    await until(
        "the change is stored",
        async () => (await service.images({ q: "by keyboard" })).length === 1,
    );
    await gallery.press("Escape");
    await gallery.viewer.waitFor({ state: "hidden" });
    await focusIsOn(gallery, "d.bmp");
    await gallery.press("x");
    await gallery.toolbar.waitFor();
    await tabTo(tab, gallery.button("Move to trash", gallery.toolbar), 80);
    await gallery.press("Enter");
    await gallery.notice("Moved 1 image to the trash").waitFor();
    await gallery.press("Control+z");
    await count(gallery.tiles, 5, "tiles");
});

check(
    "arrows, Home and End move between tiles, one of which Tab reaches",
    async ({ gallery, tab, service }) => {
        await openFive(gallery, service);
        assert.equal(await tab.locator('.tile a[tabindex="0"], .tile a:not([tabindex])').count(), 1);
        await tabTo(tab, gallery.tiles.getByRole("link"));
        for (const [key, name] of [
            ["ArrowRight", "d.bmp"],
            ["ArrowRight", "c.bmp"],
            ["ArrowLeft", "d.bmp"],
            ["End", "a.bmp"],
            ["Home", "e.bmp"],
        ]) {
            await gallery.press(key);
            await focusIsOn(gallery, name);
        }
        await gallery.press("Tab");
        assert.equal(
            await gallery.tiles
                .getByRole("link")
                .evaluateAll((links) => links.includes(document.activeElement)),
            false,
        );
    },
);

check("arrows up and down move between rows", async ({ gallery, service }) => {
    for (let number = 0; number < 30; number++)
        await service.upload({ name: `${number}.bmp`, picture: bitmap(60, 60) });
    await gallery.open();
    await gallery.link("29.bmp").focus();
    const top = (name) => gallery.link(name).evaluate((link) => link.getBoundingClientRect().top + scrollY);
    const first = await top("29.bmp");
    await gallery.press("ArrowDown");
    await until("the focus in the next row", () =>
        gallery.tab.evaluate(
            (first) => document.activeElement.getBoundingClientRect().top + scrollY > first + 10,
            first,
        ),
    );
    await gallery.press("ArrowUp");
    await focusIsOn(gallery, "29.bmp");
});

check("the focus is seen on every control", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    const unseen = new Set();
    for (let presses = 0; presses < 25; presses++) {
        await gallery.press("Tab");
        const fault = await tab.evaluate(() => {
            const element = document.activeElement;
            if (element === document.body) return null;
            const parts = [
                element,
                element.parentElement,
                element.closest(".tile"),
                element.closest("form"),
            ].filter(Boolean);
            const seen = parts.some((part) => {
                const style = getComputedStyle(part);
                return (
                    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) ||
                    style.boxShadow !== "none"
                );
            });
            return seen ? null : element.outerHTML.slice(0, 120);
        });
        if (fault) unseen.add(fault);
    }
    assert.deepEqual([...unseen], []);
});

check("the focus returns to the tile that was looked at", async ({ gallery, service }) => {
    await openFive(gallery, service);
    await gallery.link("c.bmp").focus();
    await gallery.press("Enter");
    await gallery.dialog("c.bmp").waitFor();
    await gallery.press("Escape");
    await focusIsOn(gallery, "c.bmp");
    await gallery.press("Enter");
    await gallery.dialog("c.bmp").waitFor();
    await gallery.button("Close", gallery.viewer).click();
    await focusIsOn(gallery, "c.bmp");
});

check("the viewer keeps the focus inside", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await gallery.link("c.bmp").focus();
    await gallery.press("Enter");
    await gallery.dialog("c.bmp").waitFor();
    for (let presses = 0; presses < 30; presses++) {
        await gallery.press("Tab");
        const outside = await tab.evaluate(
            () =>
                document.activeElement !== document.body &&
                !document.activeElement.closest("#viewer, #notices"),
        );
        assert.equal(outside, false, await focused(tab));
    }
});

check(
    "the focus stays near what was deleted, and on what is brought back",
    async ({ gallery, tab, service }) => {
        await openFive(gallery, service);
        await gallery.link("c.bmp").focus();
        await gallery.press("Delete");
        await count(gallery.tiles, 4, "tiles");
        await until("the focus on a neighbour", async () => ["b.bmp", "d.bmp"].includes(await focused(tab)));
        await gallery.press("Control+z");
        await count(gallery.tiles, 5, "tiles");
        await until("the focus on a tile", () =>
            tab.evaluate(() => Boolean(document.activeElement.closest(".tile"))),
        );
        await gallery.link("a.bmp").focus();
        await gallery.press("Delete");
        await count(gallery.tiles, 4, "tiles");
        await until("the focus on the last tile", async () => (await focused(tab)) === "b.bmp");
    },
);

check("dialogs give the focus back", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    await gallery.link("c.bmp").focus();
    await gallery.press("x");
    await tabTo(tab, gallery.button("Tag", gallery.toolbar), 80);
    await gallery.press("Enter");
    await gallery.dialog("Tag 1 image").waitFor();
    await gallery.press("Escape");
    await gallery.dialog("Tag 1 image").waitFor({ state: "hidden" });
    await until("the focus on the button Tag", () =>
        gallery.button("Tag", gallery.toolbar).evaluate((button) => button === document.activeElement),
    );
    await gallery.toolbar.getByText("1 selected").waitFor();
});

check("an upload does not take the focus away", async ({ gallery, tab, service }) => {
    await openFive(gallery, service);
    const box = tab.getByRole("searchbox");
    await box.focus();
    await tab.keyboard.type("some");
    await gallery.choose(chosen("some words.bmp", bitmap()));
    await gallery.link("some words.bmp").waitFor();
    await tab.keyboard.type(" words");
    assert.equal(await box.inputValue(), "some words");
});
