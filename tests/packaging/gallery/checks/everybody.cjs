// For everybody: no fault that axe-core sees, any size of window, any direction of text, less motion.
const assert = require("node:assert");
const { faultsSeen } = require("../axe.cjs");
const { chosen, count, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { IMAGES, hold, isPost } = require("../held.cjs");
const { theme } = require("../theme.cjs");

const check = theme();
const STILL = { reducedMotion: "reduce" };
const LONG = `${"a-very-long-name-".repeat(15).slice(0, 251)}.bmp`;

async function fill(service) {
    for (let number = 0; number < 8; number++) {
        const picture = bitmap(40 + 20 * (number % 4), 60, [30 * number, 120, 200 - 20 * number]);
        await service.upload({
            name: `picture ${number}.bmp`,
            tags: "beach,sea",
            description: "a picture",
            picture,
        });
    }
}

// By name: how to reach each view from a page with some images.
const VIEWS = {
    grid: (gallery) => until("thumbs", async () => (await gallery.loadedThumbs()) === 8),
    filters: async (gallery) => {
        await gallery.button("Filters").click();
        await gallery.filters.getByRole("button", { name: "beach 8" }).click();
        await gallery.active.waitFor();
    },
    selection: async (gallery) => {
        await gallery.select("picture 1.bmp");
        await gallery.toolbar.waitFor();
    },
    "tag dialog": async (gallery) => {
        await gallery.select("picture 1.bmp");
        await gallery.button("Tag", gallery.toolbar).click();
        await gallery.dialog("Tag 1 image").waitFor();
    },
    viewer: async (gallery) => {
        await gallery.openViewer("picture 3.bmp");
        await gallery.largeSize();
    },
    details: async (gallery) => {
        await gallery.openViewer("picture 3.bmp");
        await gallery.press("i");
        await gallery.details.waitFor();
        await gallery.largeSize();
    },
    uploads: async (gallery) => {
        await gallery.choose(chosen("text.bmp", Buffer.from("no picture")));
        await gallery
            .upload("text.bmp")
            .getByText(/Send a/)
            .waitFor();
        await hold(gallery.tab, IMAGES, isPost);
        await gallery.choose(chosen("new.bmp", bitmap()));
        await gallery.button("Cancel new.bmp", gallery.uploads).waitFor();
    },
    notice: async (gallery) => {
        await gallery.link("picture 2.bmp").focus();
        await gallery.press("Delete");
        await gallery.button("Undo", gallery.notices).waitFor();
    },
    nothing: (gallery) => gallery.open({ q: "no such text" }),
    trash: async (gallery) => {
        await gallery.link("picture 2.bmp").focus();
        await gallery.press("Delete");
        await gallery.notice(/Moved 1 image/).waitFor();
        await gallery.open({ trash: "1" });
        await gallery.link("picture 2.bmp").waitFor();
    },
    error: async (gallery) => {
        await gallery.tab.route(IMAGES, (route) => route.abort("connectionrefused"));
        await gallery.open();
        await gallery.tab.getByRole("alert").waitFor();
    },
};

for (const [name, reach] of Object.entries(VIEWS))
    check(
        `axe-core sees no fault: ${name}`,
        async ({ gallery, service }) => {
            await fill(service);
            await gallery.open();
            await count(gallery.tiles, 8, "tiles");
            await reach(gallery);

            assert.deepEqual(await faultsSeen(gallery), []);
        },
        STILL,
    );

check(
    "axe-core sees no fault: empty",
    async ({ gallery }) => {
        await gallery.open();
        assert.deepEqual(await faultsSeen(gallery), []);
    },
    STILL,
);

// What sticks out of the window, by its tag and class.
function outside(tab) {
    return tab.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth <= clientWidth) return [];
        const wide = [...document.querySelectorAll("body *")].filter(
            (part) => part.getBoundingClientRect().right > clientWidth + 1,
        );
        return [
            `${scrollWidth} > ${clientWidth}`,
            ...wide.slice(0, 8).map((part) => `${part.tagName}.${part.className}#${part.id}`),
        ];
    });
}

const WINDOWS = {
    "320 pixels wide": { viewport: { width: 320, height: 640 } },
    "a phone": {
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
        deviceScaleFactor: 3,
    },
    "zoomed to 200 %": { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
    "2560 pixels wide": { viewport: { width: 2560, height: 1300 } },
    "a low window": { viewport: { width: 800, height: 320 } },
};

for (const [name, options] of Object.entries(WINDOWS))
    check(
        `nothing sticks out of the window: ${name}`,
        async ({ gallery, tab, service }) => {
            await fill(service);
            await service.upload({
                name: LONG,
                description: "x".repeat(500),
                tags: "y".repeat(50),
                picture: bitmap(900, 90),
            });
            await service.upload({ name: "tall.bmp", picture: bitmap(60, 900) });
            const touch = Boolean(options.hasTouch);
            await gallery.open();
            await gallery.link(LONG).waitFor();
            assert.deepEqual(await outside(tab), [], "the grid");
            await gallery.button("Filters")[touch ? "tap" : "click"]();
            await gallery.filters.waitFor();
            assert.deepEqual(await outside(tab), [], "the filters");
            await gallery.button("Filters").click();
            await gallery.link(LONG).focus();
            await gallery.press("x");
            await gallery.toolbar.waitFor();
            assert.deepEqual(await outside(tab), [], "the selection");
            await gallery.press("Escape");
            await gallery.choose(chosen(LONG.replace("a-", "b-"), Buffer.from("no picture")));
            await gallery.uploads.getByText(/Send a/).waitFor();
            assert.deepEqual(await outside(tab), [], "the uploads");
            await gallery.button("Close uploads", gallery.uploads).click();
            await gallery.openViewer(LONG);
            assert.deepEqual(await outside(tab), [], "the viewer");
            await gallery.button("Details", gallery.viewer).click();
            await gallery.details.waitFor();
            assert.deepEqual(await outside(tab), [], "the details");
            await isInWindow(tab, gallery.button("Close", gallery.viewer));
        },
        options,
    );

async function isInWindow(tab, locator) {
    const box = await locator.boundingBox();
    const { width, height } = tab.viewportSize();
    assert.ok(
        box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1,
        JSON.stringify(box),
    );
}

check(
    "controls for fingers are large enough",
    async ({ gallery, tab, service }) => {
        await fill(service);
        await gallery.open();
        await gallery.openViewer("picture 3.bmp");
        const small = await gallery.viewer.getByRole("button").evaluateAll((buttons) =>
            buttons
                .filter((button) => button.checkVisibility())
                .map((button) => [
                    button.getAttribute("aria-label") ?? button.textContent,
                    button.getBoundingClientRect(),
                ])
                .filter(([, box]) => box.width && Math.min(box.width, box.height) < 40)
                .map(([name, box]) => `${name} ${box.width}x${box.height}`),
        );
        assert.deepEqual(small, []);
        await gallery.press("Escape");
        const header = await tab
            .getByRole("banner")
            .getByRole("button")
            .evaluateAll((buttons) =>
                buttons
                    .filter((button) => button.checkVisibility())
                    .map((button) => button.getBoundingClientRect().height)
                    .filter((height) => height < 40),
            );
        assert.deepEqual(header, []);
    },
    WINDOWS["a phone"],
);

check("names from right to left keep their own direction", async ({ gallery, service }) => {
    const name = "תמונה של הים (1).bmp";
    await service.upload({ name, description: "صورة جميلة", tags: "חוף" });
    await gallery.open();
    await gallery.link(name).waitFor();
    await gallery.openViewer(name);
    await gallery.press("i");
    await gallery.details.getByText("image/bmp").waitFor();

    for (const field of ["Name", "Description", "Tags"]) {
        const box = gallery.details.getByRole("textbox", { name: field, exact: true });
        assert.equal(await box.evaluate((box) => getComputedStyle(box).direction), "rtl", field);
    }
});

check(
    "nothing moves where less motion is wished for",
    async ({ gallery, tab, service }) => {
        await fill(service);
        await gallery.open();
        await gallery.openViewer("picture 3.bmp");
        await gallery.press("i");
        await gallery.press("ArrowRight");
        await gallery.press("Escape");
        await gallery.viewer.waitFor({ state: "hidden" });

        const moving = await tab.evaluate(() => {
            const seconds = (text) =>
                Math.max(
                    ...text.split(",").map((part) => parseFloat(part) * (part.includes("ms") ? 0.001 : 1)),
                );
            return [...document.querySelectorAll("*")]
                .filter((part) => {
                    const style = getComputedStyle(part);
                    const moves =
                        /all|transform|left|top|right|bottom|width|height|translate|scale|margin/.test(
                            style.transitionProperty,
                        );
                    const isLong =
                        (moves && seconds(style.transitionDuration) > 0.01) ||
                        (style.animationName !== "none" && seconds(style.animationDuration) > 0.01);
                    return isLong || style.scrollBehavior === "smooth";
                })
                .map((part) => `${part.tagName}.${part.className}`);
        });
        assert.deepEqual([...new Set(moving)], []);
    },
    STILL,
);

check("colors follow the system", async ({ gallery, tab }) => {
    await gallery.open();
    const ground = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await tab.emulateMedia({ colorScheme: "dark" });
    await until("another ground", async () => (await ground()) !== light);
});
