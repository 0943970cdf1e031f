// The service as a process of its own, on the store that STORE names, and what checks ask of it.
const assert = require("node:assert");
const { spawn } = require("node:child_process");
const { createHmac } = require("node:crypto");
const { closeSync, mkdirSync, openSync, readFileSync } = require("node:fs");
const { createServer } = require("node:net");
const { bitmap } = require("./bitmaps.cjs");

const { PYTHON = "python3", STORE = "embedded", WORK = ".tools/gallery-embedded" } = process.env;
const ON_AWS = STORE === "aws";
const SECRET = "a secret of the checks, which is no secret";
// Below 9 MB, so that a picture of this size goes directly to the store.
const SETTINGS = { MAX_INLINE_SIZE: "4500000", LOG_LEVEL: "INFO", HOST: "127.0.0.1" };
// On a busy machine a start takes long.
const START_SECONDS = 240;
let number = 0;

class Service {
    // settings: of the service, by name. A folder or a bucket of its own keeps its images.
    constructor(settings = {}) {
        this.name = `${process.pid}-${number++}`;
        this.folder = `${WORK}/${this.name}`;
        mkdirSync(this.folder, { recursive: true });
        const place = ON_AWS
            ? { USE_LOCALSTACK: "1", BUCKET_NAME: `gallery-${this.name}`, TABLE_NAME: `gallery-${this.name}` }
            : { DATA_DIR: `${this.folder}/data` };
        this.settings = { ...SETTINGS, ...place, ...settings };
    }

    // Start the process, at the same port as before, and wait until it answers.
    async start() {
        this.port ??= await freePort();
        this.address = `http://127.0.0.1:${this.port}`;
        const log = openSync(`${this.folder}/log`, "a");
        const env = { ...process.env, ...this.settings, PORT: String(this.port) };
        this.process = spawn(PYTHON, ["main.py"], { env, stdio: ["ignore", log, log] });
        closeSync(log);
        this.ended = new Promise((resolve) => this.process.once("exit", resolve));
        await this.answers();
        return this;
    }

    async answers() {
        const until = Date.now() + START_SECONDS * 1000;
        for (;;) {
            const response = await fetch(`${this.address}/health`).catch(() => null);
            if (response?.ok) return;
            assert.ok(Date.now() < until && this.process.exitCode === null, `no start: ${this.log()}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }

    // End the process at once, as a power cut would.
    async kill() {
        this.process?.kill("SIGKILL");
        await this.ended;
    }

    log() {
        return readFileSync(`${this.folder}/log`, "utf8");
    }

    async ask(path, { method = "GET", body, token, headers = {} } = {}) {
        if (token) headers.Authorization = `Bearer ${token}`;
        if (body && !(body instanceof FormData)) {
            body = JSON.stringify(body);
            headers["Content-Type"] = "application/json";
        }
        const response = await fetch(`${this.address}${path}`, { method, body, headers });
        const text = await response.text();
        assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
        return text && JSON.parse(text);
    }

    // Upload a picture and return the image. fields: what the form has beside the file.
    upload({ name = "picture.bmp", picture = bitmap(), token, ...fields } = {}) {
        const body = new FormData();
        if (!token) body.set("user_id", fields.user_id ?? "me");
        for (const [field, value] of Object.entries(fields)) body.set(field, value);
        body.set("image_data", new Blob([picture]), name);
        return this.ask("/images", { method: "POST", body, token });
    }

    // Return all images of a list, such as {status: "trashed"}.
    async images(query = {}) {
        const found = [];
        for (let cursor; cursor !== null;) {
            const more = new URLSearchParams({ limit: 100, ...query, ...(cursor ? { cursor } : {}) });
            const page = await this.ask(`/images?${more}`);
            found.push(...page.images);
            cursor = page.next_cursor;
        }
        return found;
    }

    // Delete every image for good; start the process again if a check has ended it.
    async clear() {
        if (this.process.exitCode !== null || this.process.signalCode) await this.start();
        for (const status of ["ready", "trashed"]) {
            const ids = (await this.images({ status })).map((image) => image.image_id);
            while (ids.length) await this.batch("delete", ids.splice(0, 100));
        }
    }

    batch(action, image_ids, changes) {
        return this.ask("/images/batch", { method: "POST", body: { action, image_ids, changes } });
    }
}

// Return a token of a user, as `python main.py token` signs it. seconds: how long it is valid.
function tokenOf(user, seconds = 3600) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: user, iat: now - 7200, exp: now + seconds };
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

function freePort() {
    return new Promise((resolve) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

module.exports = { ON_AWS, SECRET, Service, WORK, freePort, tokenOf };
