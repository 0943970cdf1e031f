// A service that dies and comes back, lists that fail, URLs that have expired.
const assert = require("node:assert");
const { chosen, count, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { IMAGES, hold, isGet, isPost } = require("../held.cjs");
const { ON_AWS } = require("../service.cjs");
const { theme } = require("../theme.cjs");

const check = theme();
const FAILED = "The images could not be loaded";

// Use "Try again" where the page does not do so itself.
async function recovered(gallery, what, holds) {
    await until(what, async () => {
        const again = gallery.button("Try again").first();
        if (await again.isVisible()) await again.click({ timeout: 1000 }).catch(() => {});
        return holds();
    });
}

// Mark the page, so that a reload would be seen.
async function mark(tab) {
    await tab.evaluate(() => void (window.stays = true));
    return () => tab.evaluate(() => window.stays === true);
}

check(
    "a dead service is told, and its return is noticed without a reload",
    async ({ gallery, tab, service }) => {
        await service.upload({ name: "a.bmp", tags: "sea" });
        await service.upload({ name: "b.bmp" });
        await gallery.open();
        await count(gallery.tiles, 2, "tiles");
        const stays = await mark(tab);
        await service.kill();
        const box = tab.getByRole("searchbox");
        await box.fill("a.bmp");
        await box.press("Enter");
        await tab.getByRole("alert").getByText(FAILED).waitFor();
        await service.start();

        await recovered(
            gallery,
            "the found image",
            async () => (await gallery.tiles.count()) === 1 && gallery.link("a.bmp").isVisible(),
        );
        assert.equal(await tab.getByText(FAILED).count(), 0);
        assert.ok(await stays());
    },
);

check("what is shown stays when the next page cannot be loaded", async ({ gallery, tab, service }) => {
    const names = Array.from({ length: 70 }, (_, number) => `${number}.bmp`);
    while (names.length) await Promise.all(names.splice(0, 5).map((name) => service.upload({ name })));
    const last = (await service.images()).at(-1).filename;
    let fails = true;
    const hasCursor = (request) => request.url().includes("cursor=");
    await tab.route(IMAGES, (route) =>
        fails && hasCursor(route.request()) ? route.abort("connectionrefused") : route.fallback(),
    );
    await gallery.open();
    await until("the alert", async () => {
        await tab.mouse.wheel(0, 600);
        return tab.getByText(FAILED).first().isVisible();
    });
    assert.ok((await gallery.tiles.count()) > 0);
    fails = false;

    await recovered(gallery, "the last tile", async () => {
        await tab.mouse.wheel(0, 600);
        return gallery.link(last).isVisible();
    });
});

check("an upload that was running when the service died ends well", async ({ gallery, tab, service }) => {
    await gallery.open();
    const stays = await mark(tab);
    const held = await hold(tab, IMAGES, isPost);
    await gallery.choose([chosen("one.bmp", bitmap()), chosen("two.bmp", bitmap())]);
    await until("held uploads", () => held.routes.length === 2);
    await service.kill();
    await held.release();
    await gallery
        .notice(/does not answer/)
        .or(gallery.button("Retry one.bmp", gallery.uploads))
        .first()
        .waitFor();
    await service.start();

    await until("both images", async () => {
        for (const name of ["one.bmp", "two.bmp"]) {
            const retry = gallery.button(`Retry ${name}`, gallery.uploads);
            if (await retry.isVisible()) await retry.click({ timeout: 1000 }).catch(() => {});
        }
        return (await gallery.tiles.count()) === 2;
    });
    assert.equal((await service.images()).length, 2);
    assert.ok(await stays());
});

check("a change that finds no service is told and can be repeated", async ({ gallery, tab, service }) => {
    await service.upload({ name: "a.bmp" });
    await gallery.open();
    await gallery.link("a.bmp").focus();
    await service.kill();
    await gallery.press("Delete");
    await until("a notice", () =>
        gallery.notices.getByRole("button", { name: "Dismiss" }).first().isVisible(),
    );
    await gallery.link("a.bmp").waitFor();
    await service.start();
    const again = gallery.button("Try again", gallery.notices);
    if (await again.isVisible()) await again.click();
    else await gallery.link("a.bmp").press("Delete");

    await until(
        "the image in the trash",
        async () => (await service.images({ status: "trashed" })).length === 1,
    );
    await count(gallery.tiles, 0, "tiles");
});

check("an error of the service shows its reason", async ({ gallery, tab }) => {
    const problem = {
        type: "/problems/storage-unavailable",
        title: "Storage unavailable",
        status: 503,
        detail: "The storage does not answer; try again later.",
    };
    let fails = true;
    await tab.route(IMAGES, (route) =>
        fails
            ? route.fulfill({
                  status: 503,
                  contentType: "application/problem+json",
                  body: JSON.stringify(problem),
              })
            : route.fallback(),
    );
    await gallery.open();
    await tab.getByRole("alert").getByText(problem.detail).waitFor();
    await tab.getByRole("alert").getByText(FAILED).waitFor();
    fails = false;
    await recovered(gallery, "the empty page", () => gallery.empty("No images yet").isVisible());
});

// Let the first answers of lists or views bring URLs that the store refuses as expired.
async function expire(tab, url, times) {
    const expired = { left: times };
    // The emulator of S3 does not look at the time of a URL.
    if (ON_AWS) await tab.route(/X-Amz-Date=1&/, (route) => route.fulfill({ status: 403, body: "" }));
    await tab.route(url, async (route) => {
        if (!isGet(route.request()) || expired.left <= 0) return route.fallback();
        expired.left--;
        const response = await route.fetch();
        const body = (await response.text()).replaceAll(
            /((?:[?&]|\\u0026)(?:expires|X-Amz-Date))=[^&"]*/g,
            "$1=1",
        );
        await route.fulfill({ response, body });
    });
    return expired;
}

check("thumbs whose URLs have expired are loaded with new ones", async ({ gallery, tab, service }) => {
    const names = Array.from({ length: 20 }, (_, number) => `${number}.bmp`);
    while (names.length) await Promise.all(names.splice(0, 5).map((name) => service.upload({ name })));
    await expire(tab, IMAGES, 1);
    const refused = [];
    tab.on("response", (response) => response.status() === 403 && refused.push(response.url()));
    await gallery.open();

    await until("loaded thumbs", async () => (await gallery.loadedThumbs()) === 20);
    assert.ok(refused.length > 0, "the store refused the first URLs");
    const asked = gallery.requests
        .map((request) => new URL(request.url()))
        .filter(({ pathname }) => /^.images(.[0-9a-f]{32})?$/.test(pathname));
    assert.ok(asked.length <= 3, `too many requests for new URLs: ${asked.join("\n")}`);
});

check("the large picture is loaded again when its URL has expired", async ({ gallery, tab, service }) => {
    const { image_id } = await service.upload({ name: "a.bmp" });
    await expire(tab, (url) => url.pathname === `/images/${image_id}`, 1);
    await gallery.open();
    await gallery.openViewer("a.bmp");

    await gallery.largeSize();
});

check("pictures that never load do not make the page ask without end", async ({ gallery, tab, service }) => {
    await service.upload({ name: "a.bmp" });
    let asked = 0;
    await tab.route(/thumb\.webp/, (route) => (asked++, route.fulfill({ status: 403, body: "" })));
    await gallery.open();
    await until("a second try", () => asked >= 2);
    const until5 = Date.now() + 5000;
    await until("five seconds", () => Date.now() > until5);

    assert.ok(asked < 10, `${asked} requests for one thumb`);
});

check("what is loaded at its first use waits for a dead service", async ({ gallery, tab, service }) => {
    await service.upload({ name: "a.bmp" });
    await gallery.open();
    const stays = await mark(tab);
    await service.kill();
    await gallery.link("a.bmp").click();
    await gallery.notice(/does not answer/).waitFor();
    await service.start();

    await gallery.dialog("a.bmp").waitFor();
    await gallery.largeSize();
    assert.ok(await stays());
});

check("a page of an earlier version offers to load the new one", async ({ gallery, tab, service }) => {
    await service.upload({ name: "a.bmp" });
    const isViewer = (url) => url.pathname.endsWith("/viewer.js");
    await gallery.open();
    await tab.route(isViewer, (route) => route.fulfill({ status: 404, body: "" }));
    await gallery.link("a.bmp").click();
    await gallery.notice(/out of date/).waitFor();
    await tab.unroute(isViewer);
    await gallery.button("Reload", gallery.notices).click();

    await gallery.dialog("a.bmp").waitFor();
    // The page tells its log as well.
    gallery.faults.splice(0, 1);
});
