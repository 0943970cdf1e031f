// Requests to the service: its public API, nothing else.

import * as connection from "./connection.js";

// This file is at gallery/<digest>/api.js below the service's root.
export const ROOT = new URL("../../", import.meta.url);
const TRIES = 4;
const ANSWER_SECONDS = 40;

// An error as the service tells it (RFC 9457). status 0: there was no answer.
export class Problem extends Error {
  constructor(status, body = {}) {
    const rows = (body.errors ?? []).map((row) => `${row.field}: ${row.message}`);
    super(rows.join(" ") || body.detail || body.title || textOf(status));
    this.status = status;
    this.directUpload = body.direct_upload;
  }
}

function textOf(status) {
  return status ? `The service answered ${status}.` : "The service does not answer.";
}

export const needsToken = document.body.dataset.auth === "jwt";
// Browsers that keep nothing raise here; without tokens nothing needs to be kept.
let token = needsToken ? sessionStorage.getItem("token") : null;
let askForToken = null;

// ask(fault, refused) resolves to a token; fault is what was wrong with the last one, or "".
export function onUnauthorized(ask) {
  askForToken = ask;
}

// A new page knows nothing of the user before. Where uploads keep this one, they go on.
export function signOut() {
  sessionStorage.removeItem("token");
  location.reload();
}

// Return the headers that show who is asking; ask the user first where nothing is known.
export async function authorization() {
  if (!needsToken) return {};
  if (!token) await signIn("", token);
  return { Authorization: `Bearer ${token}` };
}

// Get another token, unless another request got one while this one used `refused`.
export async function signIn(fault, refused) {
  if (token !== refused) return;
  const answer = await askForToken(fault, refused);
  token = answer;
  sessionStorage.setItem("token", answer);
}

export const bearer = (headers) => headers.Authorization?.slice("Bearer ".length) ?? null;

export function addressOf(path, query = {}) {
  const address = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value != null && value !== "") address.searchParams.set(name, value);
  }
  return address;
}

// Send a request and return the JSON of its answer. Raises Problem, also where nobody answers.
export async function request(method, path, { query, json, headers = {}, signal } = {}) {
  for (let tries = 1; ; tries += 1) {
    const identity = await authorization();
    const body = json === undefined ? undefined : JSON.stringify(json);
    const type = body ? { "Content-Type": "application/json" } : {};
    const all = { Accept: "application/json", ...headers, ...type, ...identity };
    const response = await fetched(addressOf(path, query), { method, headers: all, body, signal });
    if (response.ok) return response.status === 204 ? null : response.json();
    const problem = new Problem(response.status, await bodyOf(response));
    if (response.status === 401) await signIn(problem.message, bearer(identity));
    else if (tries < TRIES && mayRetry(response.status)) await pause(retryAfter(response, tries));
    else throw problem;
  }
}

async function fetched(address, { signal, ...options }) {
  const limit = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  try {
    return await fetch(address, { ...options, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.lost();
    throw new Problem(0);
  }
}

async function bodyOf(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

// Every request of this page may be repeated: uploads have a key, changes come to the same.
export const mayRetry = (status) => [429, 502, 503, 504].includes(status);

export function retryAfter(response, tries) {
  const seconds = Number(response.headers.get("Retry-After")) || 2 ** tries / 4;
  return Math.min(seconds, 30) * 1000;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const listImages = (query, signal) => request("GET", "images", { query, signal });
export const viewImage = (id, query, signal) => request("GET", `images/${id}`, { query, signal });
