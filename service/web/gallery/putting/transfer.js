// Sends one file to the service: in a form, or directly to the store where it is too large for that.

import { Problem, addressOf, authorization, bearer, mayRetry, needsToken, pause, request, retryAfter, signIn, viewImage } from "../api.js";
import * as connection from "../connection.js";

const limits = document.body.dataset;
const INLINE = Number(limits.maxInlineSize);
const LARGEST = Number(limits.maxImageSize);
const TRIES = 6;
// How often the service is asked whether it has checked the bytes.
const LOOKS = 20;

// entry: {file, key, user, signal, onProgress(sent bytes)}. Returns the image. Raises Problem.
export async function send(entry) {
  if (entry.file.size > INLINE) return sendDirectly(entry);
  try {
    return settled(await sendForm(entry), entry);
  } catch (problem) {
    // A gateway may allow less than the service.
    if (problem.status !== 413 || entry.file.size > LARGEST) throw problem;
    return sendDirectly(entry);
  }
}

function sendForm(entry) {
  const body = new FormData();
  if (!needsToken) body.append("user_id", entry.user);
  body.append("filename", entry.file.name);
  body.append("image_data", entry.file);
  return sendBody("POST", addressOf("images"), { "Idempotency-Key": entry.key }, body, entry);
}

async function sendDirectly(entry) {
  const { file, key, user, signal } = entry;
  const json = { filename: file.name, content_type: await typeOf(file), size: file.size };
  if (!needsToken) json.user_id = user;
  const options = { json, headers: { "Idempotency-Key": key }, signal };
  for (let tries = 1; ; tries += 1) {
    const image = await lasting(() => request("POST", "images", options));
    entry.imageId = image.image_id;
    if (image.status !== "pending") return settled(image, entry);
    try {
      const { method, url, headers } = image.upload;
      await sendBody(method, url, headers, file, { ...entry, isStore: true });
      return await settled(image, entry);
    } catch (problem) {
      // The address may have ended meanwhile: the same key gets another.
      if (problem.status !== 403 || tries === TRIES) throw problem;
    }
  }
}

// Wait until the service has checked the bytes. Raises what it says of bytes that it refused.
async function settled(image, { signal, onCheck }) {
  for (let looks = 1; image.status === "pending" && looks <= LOOKS; looks += 1) {
    onCheck?.();
    await pause(looks > 1 ? 500 : 0);
    image = await lasting(() => viewImage(image.image_id, {}, signal));
  }
  if (image.status === "refused") throw new Problem(422, image.problem);
  if (image.status === "pending") throw new Problem(408, { detail: "The bytes did not arrive." });
  return image;
}

// Wait for a service that does not answer, and ask again.
async function lasting(run) {
  for (let tries = 1; ; tries += 1) {
    await connection.found();
    try {
      return await run();
    } catch (problem) {
      if (problem.status !== 0 || tries === TRIES) throw problem;
    }
  }
}

// Send a body again until there is an answer; a key makes that safe.
async function sendBody(method, address, headers, body, entry) {
  for (let tries = 1; ; tries += 1) {
    await connection.found();
    const identity = entry.isStore ? {} : await authorization();
    const answer = await attempt(method, address, { ...headers, ...identity }, body, entry);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const problem = new Problem(answer.status, answer.body);
    if (answer.status === 401 && !entry.isStore) await signIn(problem.message, bearer(identity));
    else if (tries === TRIES || (answer.status && !mayRetry(answer.status))) throw problem;
    else if (answer.status) await pause(retryAfter(answer, tries));
    else if (await connection.answers()) await pause(500);
    else connection.lost();
  }
}

// One attempt; status 0: no answer. Not fetch, which tells nothing of how far it is.
function attempt(method, address, headers, body, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const sent = new XMLHttpRequest();
    const abort = () => sent.abort();
    sent.open(method, address);
    for (const [name, value] of Object.entries(headers ?? {})) sent.setRequestHeader(name, value);
    sent.upload.onprogress = (event) => onProgress(event.loaded);
    sent.onloadend = () => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) reject(signal.reason);
      else resolve({ status: sent.status, body: parsed(sent.responseText), headers: headersOf(sent) });
    };
    signal.addEventListener("abort", abort);
    if (signal.aborted) reject(signal.reason);
    else sent.send(body);
  });
}

const headersOf = (sent) => ({ get: (name) => sent.getResponseHeader(name) });

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

// The content type of a file by its first bytes, as the service decides it; names may be wrong.
async function typeOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 32).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG")) return "image/png";
  if (text.startsWith("GIF8")) return "image/gif";
  if (text.startsWith("BM")) return "image/bmp";
  if (text.startsWith("II") || text.startsWith("MM")) return "image/tiff";
  if (text.slice(8, 12) === "WEBP") return "image/webp";
  if (/^ftyp.*avi[fs]/s.test(text.slice(4))) return "image/avif";
  if (text.slice(4, 8) === "ftyp") return "image/heic";
  return file.type || "application/octet-stream";
}
