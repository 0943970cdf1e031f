// The files that are being uploaded, three at a time. Sends "change" and "done".

import { request } from "../api.js";
import { send } from "./transfer.js";

const AT_ONCE = 3;
export const WAITING = "waiting";
export const SENDING = "sending";
export const CHECKING = "checking";
export const DONE = "done";
export const FAILED = "failed";
export const CANCELLED = "cancelled";
const RUNNING = [SENDING, CHECKING];

export class UploadQueue extends EventTarget {
  entries = [];

  add(files, user) {
    for (const file of files) {
      this.entries.push({ file, user, key: newKey(), state: WAITING, sent: 0, fault: "" });
    }
    this.run();
  }

  get isBusy() {
    return this.entries.some(({ state }) => state === WAITING || RUNNING.includes(state));
  }

  // Bytes and files, for the bar of all: {sent, size, done, failed, files}.
  get totals() {
    const totals = { sent: 0, size: 0, done: 0, failed: 0, files: 0 };
    for (const { file, state, sent } of this.entries) {
      if (state === CANCELLED) continue;
      const isOver = state === DONE || state === FAILED;
      totals.files += 1;
      totals.size += file.size;
      totals.sent += isOver ? file.size : Math.min(sent, file.size);
      totals.done += state === DONE;
      totals.failed += state === FAILED;
    }
    return totals;
  }

  run() {
    let running = this.entries.filter(({ state }) => RUNNING.includes(state)).length;
    for (const entry of this.entries) {
      if (running === AT_ONCE) break;
      if (entry.state !== WAITING) continue;
      running += 1;
      this.start(entry);
    }
    this.tell();
  }

  async start(entry) {
    entry.controller = new AbortController();
    entry.signal = entry.controller.signal;
    entry.onProgress = (bytes) => this.progress(entry, bytes);
    entry.onCheck = () => this.set(entry, CHECKING);
    Object.assign(entry, { state: SENDING, sent: 0, fault: "" });
    try {
      const image = await send(entry);
      entry.signal.throwIfAborted();
      entry.state = DONE;
      this.dispatchEvent(new CustomEvent("done", { detail: image }));
    } catch (problem) {
      if (entry.signal.aborted) entry.state = CANCELLED;
      else Object.assign(entry, { state: FAILED, fault: problem.message });
    }
    this.run();
  }

  progress(entry, bytes) {
    entry.sent = bytes;
    if (bytes >= entry.file.size && entry.state === SENDING) entry.state = CHECKING;
    this.tell();
  }

  set(entry, state) {
    entry.state = state;
    this.tell();
  }

  // Stop an upload; its place is free at once. A direct one that was begun is deleted.
  cancel(entry) {
    entry.controller?.abort();
    entry.state = CANCELLED;
    if (entry.imageId) request("DELETE", `images/${entry.imageId}`).catch(() => {});
    this.run();
  }

  // Try again, with the same key: if the upload had worked after all, nothing is stored twice.
  retry(entry) {
    entry.state = WAITING;
    this.run();
  }

  clear() {
    this.entries = [];
    this.tell();
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }
}

// Random; crypto.randomUUID is missing where the page came over plain HTTP from another machine.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
