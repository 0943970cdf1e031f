// AUTH=jwt: asking for a token, keeping it, and keeping it secret.
const assert = require("node:assert");
const { faultsSeen } = require("../axe.cjs");
const { Gallery, chosen, count, until } = require("../gallery.cjs");
const { bitmap } = require("../bitmaps.cjs");
const { SECRET, tokenOf } = require("../service.cjs");
const { theme } = require("../theme.cjs");

const check = theme({ AUTH: "jwt", JWT_SECRET: SECRET });

function tokenBox(gallery) {
    return gallery.dialog("Sign in").getByLabel("Token", { exact: true });
}

// Open the page, which must ask for a token, and type one.
async function signIn(gallery, token) {
    await gallery.ready;
    await gallery.tab.goto(gallery.address);
    await type(gallery, token);
}

async function type(gallery, token) {
    await gallery.dialog("Sign in").waitFor();
    await tokenBox(gallery).fill(token);
    await gallery.button("Sign in", gallery.dialog("Sign in")).click();
}

// A user of this name for each check, because nobody can clear another user's images.
let users = 0;
function newUser() {
    return `user-${users++}`;
}

check("a token is asked for, and shows its user's images", async ({ gallery, tab, service }) => {
    const user = newUser();
    const token = tokenOf(user);
    await service.upload({ name: "mine.bmp", token });
    await service.upload({ name: "other.bmp", token: tokenOf(newUser()) });
    await signIn(gallery, token);

    await gallery.link("mine.bmp").waitFor();
    await count(gallery.tiles, 1, "tiles");
    await gallery.dialog("Sign in").waitFor({ state: "hidden" });
    await until("its thumb", async () => (await gallery.loadedThumbs()) === 1);
    await gallery.openViewer("mine.bmp");
    await gallery.largeSize();
    await gallery.press("Escape");
    await gallery.choose(chosen("new.bmp", bitmap()));
    await gallery.link("new.bmp").waitFor();
    assert.equal(await gallery.uploads.getByRole("textbox", { name: "Upload as user" }).isVisible(), false);
    await gallery.button("Filters").click();
    assert.equal(await gallery.filters.getByRole("textbox", { name: "User", exact: true }).count(), 0);
    assert.equal(await tokenBox(gallery).count(), 0);
    assert.ok(!tab.url().includes(token));
});

check("the token's field hides what is typed", async ({ gallery, tab }) => {
    await gallery.ready;
    await tab.goto(gallery.address);
    await gallery.dialog("Sign in").waitFor();

    assert.equal(await tokenBox(gallery).getAttribute("type"), "password");
    await until("the focus in the field", () =>
        tokenBox(gallery).evaluate((box) => box === document.activeElement),
    );
});

for (const [kind, token, words] of [
    ["wrong", "no.token.atall", /token|Bearer|sign/i],
    ["expired", tokenOf("ana", -60), /expired|new token/i],
    ["forged", `${tokenOf("ana").slice(0, -6)}AAAAAA`, /signature|token|valid/i],
])
    check(`a ${kind} token is told beside the field`, async ({ gallery }) => {
        await signIn(gallery, token);
        const alert = gallery.dialog("Sign in").getByRole("alert");
        await alert.getByText(words).first().waitFor();
        assert.ok(await tokenBox(gallery).isVisible());
        assert.deepEqual(await faultsSeen(gallery), []);

        await type(gallery, tokenOf(newUser()));
        await gallery.empty("No images yet").waitFor();
        assert.equal(await gallery.dialog("Sign in").isVisible(), false);
    });

check("a token is kept for its tab only, and Sign out forgets it", async ({ gallery, tab, service }) => {
    const token = tokenOf(newUser());
    await service.upload({ name: "mine.bmp", token });
    await signIn(gallery, token);
    await gallery.link("mine.bmp").waitFor();
    await tab.reload();
    await gallery.link("mine.bmp").waitFor();

    const second = new Gallery(await tab.context().newPage(), gallery.address);
    await second.tab.goto(gallery.address);
    await second.dialog("Sign in").waitFor();
    assert.equal(await second.tiles.count(), 0);
    assert.deepEqual(
        await tab.evaluate(
            (token) => Object.values(localStorage).filter((text) => text.includes(token)),
            token,
        ),
        [],
    );
    assert.equal(await tab.evaluate(() => document.cookie), "");

    await gallery.button("Sign out").click();
    await gallery.dialog("Sign in").waitFor();
    assert.equal(await gallery.tiles.count(), 0);
    assert.ok(!(await tab.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes(token));
});

check("no address and no line of the log has the token", async ({ gallery, service }) => {
    const token = tokenOf(newUser());
    await service.upload({ name: "mine.bmp", token });
    await signIn(gallery, token);
    await gallery.openViewer("mine.bmp");
    await gallery.largeSize();

    for (const request of gallery.requests)
        assert.ok(!decodeURIComponent(request.url()).includes(token), request.url());
    assert.ok(!service.log().includes(token));
    assert.ok(service.log().includes("request served"));
});

check(
    "a token that ends in the middle is asked for again, and nothing is lost",
    async ({ gallery, tab, service }) => {
        const user = newUser();
        await service.upload({ name: "mine.bmp", token: tokenOf(user) });
        await signIn(gallery, tokenOf(user));
        await gallery.link("mine.bmp").waitFor();
        let ended = true;
        const refuse = { ...(await refusal(service, tokenOf(user, -60))) };
        await tab.route("**/images*", (route) => (ended ? route.fulfill(refuse) : route.fallback()));
        await gallery.choose(chosen("new.bmp", bitmap()));
        await gallery.dialog("Sign in").waitFor();
        ended = false;
        await type(gallery, tokenOf(user));

        const retry = gallery.button("Retry new.bmp", gallery.uploads);
        await retry.or(gallery.link("new.bmp")).first().waitFor();
        if (await retry.isVisible()) await retry.click();
        await gallery.link("new.bmp").waitFor();
        await gallery.link("mine.bmp").waitFor();
    },
);

// The service's own answer to a token.
async function refusal(service, token) {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${service.address}/images`, { headers });
    assert.equal(response.status, 401);
    return { status: 401, contentType: "application/problem+json", body: await response.text() };
}
