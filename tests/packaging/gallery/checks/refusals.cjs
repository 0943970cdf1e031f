// Uploads that do not go well: refused, cancelled, cut off, retried.
const assert = require("node:assert");
const { chosen, count, until } = require("../gallery.cjs");
const { bitmap, noise } = require("../bitmaps.cjs");
const { IMAGES, cutAnswers, hold, isPost } = require("../held.cjs");
const { ON_AWS } = require("../service.cjs");
const { theme } = require("../theme.cjs");

const check = theme();

// The Idempotency-Keys of the uploads so far.
function keys(gallery) {
    return gallery.sent("POST", /\/images$/).map((request) => request.headers()["idempotency-key"]);
}

// The service's own words about a picture that it refuses.
async function refusal(service, picture, name) {
    const body = new FormData();
    body.set("user_id", "me");
    body.set("image_data", new Blob([picture]), name);
    return (await (await fetch(`${service.address}/images`, { method: "POST", body })).json()).detail;
}

// An upload either tries again by itself or offers a button for it.
async function retried(gallery, name) {
    const retry = gallery.button(`Retry ${name}`, gallery.uploads);
    await retry.or(gallery.link(name)).first().waitFor();
    if (await retry.isVisible()) await retry.click();
    await gallery.link(name).waitFor();
}

check("a refused file shows the service's own words", async ({ gallery, service }) => {
    const text = Buffer.from("hello, I am no picture");
    await gallery.open();
    await gallery.choose([chosen("text.bmp", text), chosen("good.bmp", bitmap())]);

    await gallery
        .upload("text.bmp")
        .getByText(await refusal(service, text, "text.bmp"))
        .waitFor();
    await gallery.link("good.bmp").waitFor();
    assert.equal((await service.images()).length, 1);
    assert.equal(keys(gallery).length, 2, "a refused upload is not repeated by itself");
});

check("a file that is too large is refused in words", async ({ gallery, service }) => {
    await gallery.open();
    await gallery.choose({ ...chosen("huge.bmp", noise(2000, 2000)) });

    await gallery
        .upload("huge.bmp")
        .getByText(/10485760|10\.5 MB|10 MiB|larger|too large|at most/i)
        .first()
        .waitFor();
    assert.equal((await service.images()).length, 0);
});

check("an empty file is refused in words", async ({ gallery, service }) => {
    await gallery.open();
    await gallery.choose(chosen("empty.bmp", Buffer.alloc(0)));

    await gallery.upload("empty.bmp").getByText(/empty/i).first().waitFor();
    assert.equal((await service.images()).length, 0);
});

check("an upload can be cancelled", async ({ gallery, tab, service }) => {
    await gallery.open();
    const held = await hold(tab, IMAGES, isPost);
    await gallery.choose([chosen("one.bmp", bitmap()), chosen("two.bmp", bitmap())]);
    await until("held uploads", () => held.routes.length === 2);
    await gallery.button("Cancel one.bmp", gallery.uploads).click();
    await gallery.button("Cancel one.bmp", gallery.uploads).waitFor({ state: "detached" });
    await held.release();

    await gallery.link("two.bmp").waitFor();
    assert.deepEqual(
        (await service.images()).map((image) => image.filename),
        ["two.bmp"],
    );
    await count(gallery.tiles, 1, "tiles");
});

check("an upload that waits can be cancelled before it is sent", async ({ gallery, tab, service }) => {
    await gallery.open();
    const held = await hold(tab, IMAGES, isPost);
    await gallery.choose(["a", "b", "c", "d"].map((name) => chosen(`${name}.bmp`, bitmap())));
    await until("held uploads", () => held.routes.length === 3);
    await gallery.button("Cancel d.bmp", gallery.uploads).click();
    await held.release();

    await count(gallery.tiles, 3, "tiles");
    await gallery.button("Close uploads", gallery.uploads).waitFor();
    assert.equal((await service.images()).length, 3);
    assert.equal(keys(gallery).length, 3);
});

check("a retry after a cut connection makes one image", async ({ gallery, tab, service }) => {
    await gallery.open();
    const cut = await cutAnswers(tab, IMAGES, isPost, 1);
    await gallery.choose(chosen("one.bmp", bitmap()));
    await retried(gallery, "one.bmp");

    assert.equal(cut.done, 1);
    assert.equal((await service.images()).length, 1);
    await count(gallery.tiles, 1, "tiles");
    assert.ok(keys(gallery).length >= 2 && keys(gallery)[0]);
    assert.equal(new Set(keys(gallery)).size, 1, `one key for all tries: ${keys(gallery)}`);
});

check("an upload that failed for long has a button to retry", async ({ gallery, tab, service }) => {
    await gallery.open();
    let cut = true;
    await tab.route(IMAGES, (route) =>
        cut && isPost(route.request()) ? route.abort("connectionreset") : route.fallback(),
    );
    await gallery.choose(chosen("one.bmp", bitmap()));
    const retry = gallery.button("Retry one.bmp", gallery.uploads);
    await retry.waitFor();
    cut = false;
    await retry.click();

    await gallery.link("one.bmp").waitFor();
    assert.equal((await service.images()).length, 1);
    assert.equal(new Set(keys(gallery)).size, 1);
});

check("bytes that are cut on their way to the store are sent again", async ({ gallery, tab, service }) => {
    await gallery.open();
    let cuts = 0;
    const goesDirect = (request) => /PUT|POST/.test(request.method()) && !IMAGES(new URL(request.url()));
    await tab.route("**/*", (route) =>
        goesDirect(route.request()) && cuts++ === 0 ? route.abort("connectionreset") : route.fallback(),
    );
    await gallery.choose(chosen("large.bmp", noise()));
    await retried(gallery, "large.bmp");

    assert.ok(cuts >= 2);
    assert.equal((await service.images()).length, 1);
    assert.equal(new Set(keys(gallery)).size, 1);
});

check("a large file that is no picture is refused in the service's words", async ({ gallery, service }) => {
    const text = Buffer.alloc(9_000_000, "no picture ");
    await gallery.open();
    await gallery.choose(chosen("text.bmp", text));

    await gallery
        .upload("text.bmp")
        .getByText(/JPEG, PNG|picture|image/)
        .first()
        .waitFor();
    await gallery.button("Cancel text.bmp", gallery.uploads).waitFor({ state: "detached" });
    assert.equal((await service.images()).length, 0);
});

if (!ON_AWS)
    check("a busy service is asked again", async ({ gallery, tab, service }) => {
        await gallery.open();
        let busy = 1;
        const problem = {
            type: "/problems/service-busy",
            title: "Busy",
            status: 503,
            detail: "Try again in a second.",
        };
        const answer = {
            status: 503,
            headers: { "Retry-After": "1" },
            contentType: "application/problem+json",
            body: JSON.stringify(problem),
        };
        await tab.route(IMAGES, (route) =>
            isPost(route.request()) && busy-- > 0 ? route.fulfill(answer) : route.fallback(),
        );
        await gallery.choose(chosen("one.bmp", bitmap()));
        await retried(gallery, "one.bmp");

        assert.equal((await service.images()).length, 1);
        assert.equal(new Set(keys(gallery)).size, 1);
    });
