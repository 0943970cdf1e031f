// What is known of an image; its name, description and tags can be changed where they stand.

import { viewImage } from "../api.js";
import { element } from "../elements.js";
import { changeImage } from "../many/changes.js";
import { tell } from "../notices.js";
import { plural, sizeText, tagsOf } from "../texts.js";

const KINDS = {
  location: "location",
  camera: "camera",
  taken_at: "time taken",
  author: "author",
  embedded_thumbnail: "embedded thumbnail",
  trailing_bytes: "bytes after the picture",
};
// A time without a zone is the camera's own clock.
const time = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

export class Details {
  // place: where it is shown. changed(image): a change was saved.
  constructor(place, changed) {
    this.changed = changed;
    this.saving = Promise.resolve();
    const text = { dir: "auto", autocomplete: "off" };
    this.fields = {
      filename: new Field("Name", element("input", { ...text, maxLength: 255 })),
      description: new Field("Description", element("textarea", { ...text, rows: 3, maxLength: 1000 })),
      tags: new Field("Tags", element("input", { ...text, placeholder: "beach, summer" })),
    };
    for (const [name, field] of Object.entries(this.fields)) {
      field.input.onchange = () => this.save(name, field);
    }
    this.facts = element("dl");
    place.append(...Object.values(this.fields).map(({ box }) => box), this.facts);
  }

  // Show an image, or nothing yet (null).
  show(image) {
    const isSame = image && image.image_id === this.image?.image_id;
    this.image = image;
    for (const [name, field] of Object.entries(this.fields)) {
      // What is being typed is not replaced.
      if (isSame && field.input === document.activeElement) continue;
      field.input.disabled = !image;
      // What is in the trash can't be changed.
      field.input.readOnly = image?.status !== "ready";
      field.input.value = image ? textOf(image, name) : "";
      field.tell("");
    }
    const rows = image ? factsOf(image) : [];
    this.facts.replaceChildren(
      ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", { dir: "auto" }, value)]),
    );
  }

  // Save one field after the other: each save needs the version that the one before made.
  save(name, field) {
    const { image_id: id } = this.image;
    const typed = field.input.value;
    field.tell("Saving …");
    this.saving = this.saving.then(() => this.send(id, name, typed, field));
  }

  async send(id, name, typed, field) {
    const value = name === "tags" ? tagsOf(typed) : typed;
    const isShown = () => this.image?.image_id === id;
    try {
      const etag = isShown() ? `"${id}-${this.image.version}"` : "*";
      const saved = await changeImage(id, { [name]: value }, etag);
      if (isShown()) {
        this.image = saved;
        if (field.input.value === typed) field.input.value = textOf(saved, name);
        field.tell("Saved");
      }
      this.changed(saved);
    } catch (problem) {
      if (isShown()) await this.explain(problem, field);
      else tell(problem);
    }
  }

  async explain(problem, field) {
    field.tell(problem.message, true);
    if (problem.status !== 412) return;
    const { image_id: id } = this.image;
    const newest = await viewImage(id).catch(() => null);
    if (this.image?.image_id !== id) return;
    // What was typed stays, its next save is meant for the newest version.
    if (newest) this.image = newest;
    field.tell("Somebody else changed this image meanwhile. Press Enter to save yours.", true);
  }
}

// A labelled input with a line below it.
class Field {
  constructor(name, input) {
    this.input = input;
    this.line = element("span", { className: "line", role: "status" });
    this.box = element("div", { className: "field" }, element("label", {}, name, input), this.line);
    // Enter saves an input by itself; in several lines it begins another.
    input.onkeydown = ({ key, ctrlKey }) => {
      if (key === "Enter" && ctrlKey) input.blur();
    };
  }

  tell(text, isFault = false) {
    this.line.textContent = text;
    this.line.classList.toggle("fault", isFault);
    this.input.setAttribute("aria-invalid", isFault);
  }
}

const textOf = (image, name) => (name === "tags" ? image.tags.join(", ") : (image[name] ?? ""));

function factsOf(image) {
  const { privacy } = image;
  const kinds = Object.keys(KINDS).filter((kind) => privacy?.[kind]).map((kind) => KINDS[kind]);
  return [
    ["Size", sizeText(image.size)],
    ["Dimensions", image.width ? `${image.width} × ${image.height} pixels` : "unknown"],
    ["Type", image.content_type],
    ["Taken", image.taken_at ? time(image.taken_at) : "unknown"],
    ["Uploaded", time(image.created_at)],
    ["User", image.user_id],
    ["Private metadata", privacy ? kinds.join(", ") || "none" : "not examined"],
    ...(image.purged_at ? [["In the trash", `deleted for good ${daysTo(image.purged_at)}`]] : []),
  ];
}

function daysTo(end) {
  const days = Math.max(0, Math.ceil((Date.parse(end) - Date.now()) / 86_400_000));
  return days ? `in ${plural(days, "day")}` : "soon";
}
