// What is done with one image or many: trash, restore, delete, tag, download, and undoing it.

import { viewImage } from "../api.js";
import { ask, confirmDelete, field } from "../asking/dialogs.js";
import { notice, tell } from "../notices.js";
import { plural, tagsOf } from "../texts.js";
import { batch } from "./changes.js";

// Browsers drop downloads that follow each other faster.
const BETWEEN_DOWNLOADS = 600;
const LINK_SECONDS = 7 * 24 * 3600;
const images = (count) => plural(count, "image");
const faultOf = (rows) => `Not done with ${images(rows.length)}: ${rows[0].problem?.detail ?? rows[0].status}`;

export class Actions {
  // letLeave(): a download is no reason to ask whether to leave the page.
  constructor(gallery, selection, letLeave) {
    Object.assign(this, { gallery, selection, letLeave, last: null, moving: new Set() });
  }

  // Undo the last move to the trash or out of it.
  undo() {
    return this.last?.();
  }

  trash(ids) {
    return this.move(ids, "trash", (count) => `Moved ${images(count)} to the trash`);
  }

  restore(ids) {
    return this.move(ids, "restore", (count) => `Restored ${images(count)}`);
  }

  // Move images out of the list that is shown; offer to undo it. Returns the ids that are out.
  async move(ids, action, text) {
    const { list } = this.gallery;
    const { done, gone } = await this.send(ids, action, () => this.move(ids, action, text));
    const out = [...done, ...gone];
    const items = this.takeOut(list, out);
    if (!done.length) return out;
    const undo = async () => {
      close();
      if (this.last === undo) this.last = null;
      const { done: back } = await this.send(done, action === "trash" ? "restore" : "trash", undo);
      // By the answer: an index may lag.
      const isHere = this.gallery.list === list && action === "trash";
      if (isHere) list.putBack(items.filter((item) => back.includes(item.id)));
      else this.gallery.reload();
      this.gallery.tagsChanged();
      this.gallery.keepFocus();
    };
    this.last = undo;
    const close = notice(text(done.length), { name: "Undo", run: undo });
    return out;
  }

  async deleteForGood(ids) {
    const { list } = this.gallery;
    if (!(await confirmDelete(`Delete ${images(ids.length)} for good?`))) return [];
    const { done, gone } = await this.send(ids, "delete", () => this.deleteForGood(ids));
    const out = [...done, ...gone];
    this.takeOut(list, out);
    if (done.length) notice(`Deleted ${images(done.length)}`);
    return out;
  }

  takeOut(list, ids) {
    if (!ids.length) return [];
    // Another list is shown by now; it may have been asked for too early.
    if (this.gallery.list !== list) this.gallery.reload();
    const items = list.remove(ids);
    this.selection.remove(ids);
    this.gallery.tagsChanged();
    this.gallery.keepFocus();
    return items;
  }

  // Send a batch; tell what failed, and offer `again` where nobody answered. Returns the ids that
  // it was done with, and those of images that are gone. A key that is held repeats nothing.
  async send(ids, action, again) {
    const some = ids.filter((id) => !this.moving.has(id));
    try {
      for (const id of some) this.moving.add(id);
      const rows = await batch(some, action);
      const failed = rows.filter((row) => row.status >= 400 && row.status !== 404);
      if (failed.length) notice(faultOf(failed));
      const idsOf = (test) => rows.filter(({ status }) => test(status)).map((row) => row.image_id);
      return { done: idsOf((status) => status < 400), gone: idsOf((status) => status === 404) };
    } catch (problem) {
      tell(problem, again);
      return { done: [], gone: [] };
    } finally {
      for (const id of some) this.moving.delete(id);
    }
  }

  async tag(ids) {
    const added = field("Add tags", { placeholder: "beach, summer", dir: "auto" });
    const removed = field("Remove tags", { dir: "auto" });
    const submit = () => this.sendTags(ids, tagsOf(added.input.value), tagsOf(removed.input.value));
    const parts = [added.label, removed.label];
    if (!(await ask(`Tag ${images(ids.length)}`, parts, { name: "Apply", submit }))) return;
    this.gallery.tagsChanged();
    if (this.gallery.isTagFiltered()) this.gallery.reload();
    notice(`Tagged ${images(ids.length)}`);
    this.gallery.keepFocus();
  }

  async sendTags(ids, added, removed) {
    if (!added.length && !removed.length) throw new Error("Write at least one tag.");
    const rows = await batch(ids, "update", { add_tags: added, remove_tags: removed });
    const failed = rows.filter((row) => row.status >= 400);
    if (failed.length) throw new Error(faultOf(failed));
  }

  async download(ids) {
    for (const [number, id] of ids.entries()) {
      try {
        if (number) await new Promise((resolve) => setTimeout(resolve, BETWEEN_DOWNLOADS));
        const { url } = await viewImage(id, { download: true });
        this.letLeave();
        const link = document.createElement("a");
        link.href = url;
        link.download = "";
        link.click();
      } catch (problem) {
        tell(problem, () => this.download(ids.slice(number)));
        return;
      }
    }
  }

  // Copy a link that works for as long as the service allows.
  async copyLink(id) {
    try {
      const { url, url_expires_at: end } = await viewImage(id, { expires_in: LINK_SECONDS });
      const until = new Date(end).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
      await copied(url);
      notice(`Link copied. It works until ${until}, for everybody who has it.`);
    } catch (problem) {
      tell(problem, () => this.copyLink(id));
    }
  }
}

async function copied(text) {
  // Browsers have a clipboard for scripts only over HTTPS and on this machine.
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
  before.focus();
}
