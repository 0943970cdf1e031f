// One image alone: the large picture, its neighbours, and what can be done with it.

import * as address from "../address.js";
import { viewImage } from "../api.js";
import * as connection from "../connection.js";
import { byId, element } from "../elements.js";
import { Details } from "./details.js";
import { newFrame } from "./frame.js";
import { Zoom } from "./zoom.js";

// Browsers show these as they are; of the others they show `large`.
const SHOWN = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"];
// Its `large` is only the first frame.
const MOVES = "image/gif";

export class Viewer {
  // gallery: {list, grid, changed(image)}. actions: what is done with images.
  constructor(gallery, actions) {
    Object.assign(this, { gallery, actions, id: null, isLeaving: false });
    this.parts = newFrame(this.buttons());
    this.dialog = this.parts.dialog;
    this.details = new Details(this.parts.details, (image) => this.changed(image));
    this.zoom = new Zoom(this.parts.stage, this.parts.picture, {
      swipe: (step) => this.step(step),
      deep: () => this.showOriginal(),
    });
    this.listen();
  }

  // What each button does.
  buttons() {
    const { actions } = this;
    return {
      previous: () => this.step(-1),
      next: () => this.step(1),
      zoomIn: () => this.zoom.by(1.5),
      zoomOut: () => this.zoom.by(1 / 1.5),
      showDetails: () => this.toggleDetails(),
      download: () => actions.download([this.id]),
      copyLink: () => actions.copyLink(this.id),
      trash: () => this.leaveAfter(actions.trash([this.id])),
      restore: () => this.leaveAfter(actions.restore([this.id])),
      delete: () => this.leaveAfter(actions.deleteForGood([this.id])),
      close: () => this.leave(),
    };
  }

  // Close by the address, once: going back takes a moment.
  leave() {
    if (this.isLeaving) return;
    this.isLeaving = true;
    address.leaveImage();
  }

  listen() {
    this.dialog.oncancel = (event) => {
      if (event.target !== this.dialog) return;
      event.preventDefault();
      this.leave();
    };
    // A browser closes a dialog without asking where Escape is pressed twice.
    this.dialog.onclose = () => address.read().image && this.leave();
    // On the document, because a button that is disabled loses the focus to nothing.
    document.addEventListener("keydown", (event) => this.press(event));
    connection.events.addEventListener("found", () => this.dialog.open && this.load());
  }

  press(event) {
    const inside = event.target.closest("dialog") ?? this.dialog;
    if (!this.id || inside !== this.dialog || event.target.closest("input, textarea")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowLeft: "previous",
      ArrowRight: "next",
      "+": "zoomIn",
      "-": "zoomOut",
      i: "showDetails",
      Delete: this.image?.status === "trashed" ? "delete" : "trash",
    };
    if (event.key === "0") this.zoom.reset();
    else if (keys[event.key]) this.parts[keys[event.key]].click();
    else return;
    event.preventDefault();
  }

  // Show the image of the address, or close.
  show(id) {
    if (id === this.id) return;
    this.isLeaving = false;
    this.id = id || null;
    if (id) this.open();
    else this.close();
  }

  open() {
    if (!this.dialog.open) {
      this.dialog.showModal();
      // What is outside a modal dialog can't be reached.
      this.dialog.append(byId("notices"));
    }
    const item = this.gallery.list.byId.get(this.id);
    this.image = null;
    this.hasOriginal = this.isDeep = false;
    this.zoom.reset();
    this.parts.name.textContent = item?.name ?? "";
    this.parts.fault.textContent = "";
    this.parts.picture.replaceChildren();
    const thumb = item && this.gallery.list.known(item);
    if (thumb) this.parts.picture.append(element("img", { className: "small", src: thumb, alt: "" }));
    this.showButtons();
    this.details.show(null);
    this.load();
  }

  close() {
    const last = this.gallery.grid.current;
    document.body.append(byId("notices"));
    this.dialog.close();
    this.parts.picture.replaceChildren();
    if (last) this.gallery.grid.focus(this.gallery.list.indexOf(last));
  }

  async load(isAgain = false) {
    const { id } = this;
    const view = (query) => viewImage(id, query).then((image) => id === this.id && image);
    try {
      let image = await view({ rendition: "large" }).catch((problem) => {
        // No rendition can be made of it: the original is what there is.
        if (problem.status === 422) return view();
        throw problem;
      });
      if (image.content_type === MOVES) image = await view();
      if (image) this.showImage(image, isAgain);
    } catch (problem) {
      if (id === this.id) this.tell(problem.status === 404 ? "This image is gone." : problem.message);
    }
  }

  showImage(image, isAgain) {
    this.image = image;
    this.parts.fault.textContent = "";
    this.parts.name.textContent = image.filename;
    this.gallery.grid.remember(image.image_id);
    this.showButtons();
    this.details.show(image);
    if (image.status === "pending") this.tell("The bytes of this image have not arrived yet.");
    else if (image.url) this.showPicture(image, image.url, isAgain);
  }

  // Show a picture once it is decoded; until then the small one stands in its place.
  showPicture(image, url, isAgain, isOriginal = false) {
    const picture = element("img", { className: "large", alt: image.description || image.filename, draggable: false });
    picture.onload = () => {
      // The original stays where it was faster than the large one.
      if (this.id === image.image_id && (isOriginal || !this.isDeep)) this.parts.picture.replaceChildren(picture);
      this.isDeep ||= isOriginal;
      this.prepareNext();
    };
    picture.onerror = () => {
      if (this.id !== image.image_id) return;
      // Its address may have ended: ask once for another.
      if (!isAgain) this.load(true);
      else this.tell(`Your browser can't show this picture (${image.content_type}). Download it to open it elsewhere.`);
    };
    picture.src = url;
    if (image.width) picture.style.aspectRatio = `${image.width} / ${image.height}`;
  }

  // Where somebody looks closely: the picture as it was uploaded.
  async showOriginal() {
    const { image } = this;
    if (this.hasOriginal || !image || !SHOWN.includes(image.content_type)) return;
    this.hasOriginal = true;
    const original = await viewImage(image.image_id).catch(() => null);
    if (original?.url && this.id === original.image_id) this.showPicture(image, original.url, true, true);
  }

  // Have the next picture here before it is asked for.
  async prepareNext() {
    const { list } = this.gallery;
    const next = list.items[list.indexOf(this.id) + (this.direction ?? 1)];
    if (!next || next.id === this.prepared) return;
    this.prepared = next.id;
    const image = await viewImage(next.id, { rendition: "large" }).catch(() => null);
    if (image?.url) new Image().src = image.url;
  }

  async step(step) {
    const { list } = this.gallery;
    const { id } = this;
    const index = list.indexOf(id);
    if (index < 0) return;
    if (index + step >= list.items.length) await list.more().catch(() => {});
    const item = list.items[list.indexOf(id) + step];
    if (!item || this.id !== id || this.gallery.list !== list) return;
    this.direction = step;
    address.openImage(item.id);
  }

  // After an image left the list: show the one that took its place, or the list.
  async leaveAfter(done) {
    const { list } = this.gallery;
    const { id } = this;
    const index = list.indexOf(id);
    if (!(await done).includes(id) || this.id !== id) return;
    const next = index < 0 ? null : (list.items[index] ?? list.items[index - 1]);
    this.gallery.grid.remember(next?.id ?? null);
    if (next) address.openImage(next.id);
    else this.leave();
  }

  showButtons() {
    const { list } = this.gallery;
    const index = list.indexOf(this.id);
    const isTrashed = this.image?.status === "trashed";
    const { parts } = this;
    parts.previous.disabled = index <= 0;
    parts.next.disabled = index < 0 || (index + 1 >= list.items.length && list.isComplete);
    parts.trash.hidden = isTrashed;
    parts.restore.hidden = parts.delete.hidden = !isTrashed;
  }

  toggleDetails() {
    const isShown = this.parts.details.hidden;
    this.parts.details.hidden = !isShown;
    this.parts.showDetails.setAttribute("aria-pressed", isShown);
  }

  changed(image) {
    this.gallery.changed(image);
    if (image.image_id !== this.id) return;
    this.image = image;
    this.parts.name.textContent = image.filename;
  }

  tell(text) {
    this.parts.fault.textContent = text;
  }
}
