// Shows the uploads: a bar for each and one for all, and what was refused.

import { needsToken } from "../api.js";
import { button, byId, element, icon, style } from "../elements.js";
import { ICONS } from "../icons.js";
import { plural, sizeText } from "../texts.js";
import { CANCELLED, CHECKING, DONE, FAILED, SENDING, WAITING } from "./upload_queue.js";

await style(new URL("uploads.css", import.meta.url));

const TEXTS = { [WAITING]: "Waiting", [CHECKING]: "Checking", [DONE]: "Done", [CANCELLED]: "Cancelled" };

export class UploadPanel {
  constructor(queue) {
    this.queue = queue;
    this.rows = new Map();
    this.parts = this.newParts();
    queue.addEventListener("change", () => this.soon());
  }

  newParts() {
    const toggle = { type: "button", "aria-expanded": true, "aria-controls": "uploads-body", onclick: () => this.toggle() };
    const parts = {
      title: element("strong"),
      toggle: element("button", toggle, "Show less"),
      close: button("Close uploads", () => this.close(), icon("#i-close")),
      all: element("progress", { max: 1, value: 0, "aria-label": "All uploads" }),
      user: element("input", { maxLength: 128, autocomplete: "off", spellcheck: false }),
      list: element("ul"),
    };
    const { title, all, user, list, close } = parts;
    user.value = kept("user") || "me";
    user.onchange = () => kept("user", user.value.trim());
    const asked = element("label", { hidden: needsToken }, "Upload as user", user);
    parts.body = element("div", { id: "uploads-body" }, asked, list);
    const head = element("div", { className: "head" }, title, parts.toggle, close);
    parts.panel = element("section", { id: "uploads", "aria-label": "Uploads" }, head, all, parts.body);
    document.body.append(parts.panel);
    return parts;
  }

  // Whose images are uploaded, where nobody is asked.
  user() {
    return this.parts.user.value.trim() || "me";
  }

  toggle(isShown = this.parts.body.hidden) {
    this.parts.body.hidden = !isShown;
    this.parts.toggle.setAttribute("aria-expanded", isShown);
    this.parts.toggle.textContent = isShown ? "Show less" : "Show uploads";
  }

  close() {
    this.queue.clear();
    this.parts.panel.hidden = true;
    byId("upload").focus();
  }

  open() {
    this.parts.panel.hidden = false;
    this.toggle(true);
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.render();
    });
  }

  render() {
    const { entries, totals, isBusy } = this.queue;
    const { done, failed, files, sent, size } = totals;
    const fault = failed ? `, ${failed} failed` : "";
    setText(this.parts.title, isBusy ? `Uploading ${done + 1 > files ? files : done + 1} of ${files}${fault}` : `Uploaded ${plural(done, "image")}${fault}`);
    this.parts.all.value = size ? sent / size : 1;
    this.parts.close.hidden = isBusy;
    const kept = new Set(entries);
    for (const [entry, row] of this.rows) {
      if (kept.has(entry)) continue;
      row.remove();
      this.rows.delete(entry);
    }
    for (const entry of entries) this.renderRow(entry);
  }

  renderRow(entry) {
    let row = this.rows.get(entry);
    if (!row) {
      row = newRow(entry);
      this.rows.set(entry, row);
      this.parts.list.append(row);
    }
    const { state, file, sent, fault } = entry;
    if (row.shown === `${state} ${sent}`) return;
    row.shown = `${state} ${sent}`;
    row.className = state;
    row.progress.hidden = ![SENDING, CHECKING, WAITING].includes(state);
    row.progress.value = file.size ? Math.min(sent / file.size, 1) : 0;
    setText(row.text, fault || TEXTS[state] || sizeText(file.size));
    this.showButton(row, entry);
  }

  showButton(row, entry) {
    const { file, state } = entry;
    // What has arrived and is being checked can't be called back.
    const name = { [FAILED]: "Retry", [SENDING]: "Cancel", [WAITING]: "Cancel" }[state];
    row.button.hidden = !name;
    if (!name || row.button.dataset.name === name) return;
    row.button.dataset.name = name;
    row.button.setAttribute("aria-label", `${name} ${file.name}`);
    row.button.replaceChildren(icon(name === "Retry" ? ICONS.restore : "#i-close"));
    row.button.onclick = () => (name === "Retry" ? this.queue.retry(entry) : this.queue.cancel(entry));
  }
}

// Only where it changes, so that nothing is announced twice.
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// What the browser keeps for the next visit, after setting it; null where it keeps nothing.
function kept(name, text) {
  try {
    if (text !== undefined) localStorage.setItem(name, text);
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function newRow({ file }) {
  const progress = element("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
  const text = element("span", { className: "text", dir: "auto" });
  const button = element("button", { type: "button" });
  const name = element("span", { className: "name", dir: "auto", title: file.name }, file.name);
  return Object.assign(element("li", {}, name, button, progress, text), { progress, text, button });
}
