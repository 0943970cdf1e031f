// The tags to choose from, with their counts.

import * as address from "../address.js";
import { request } from "../api.js";
import { byId, element } from "../elements.js";
import { tell } from "../notices.js";

const LIMIT = 50;
const SETTLED = 300;

export class TagFilter {
  constructor() {
    // Whose tags are here: "" for everyone's, null if they are to be loaded.
    this.user = null;
    this.rows = [];
    this.cursor = null;
  }

  // Show which tags are chosen; load the tags if they are of another user.
  show(state) {
    if (byId("filters").hidden) return;
    if (this.user !== state.user) this.load();
    this.render(state.tags);
  }

  // Count again, once after many changes.
  changed() {
    this.user = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(address.read()), SETTLED);
  }

  // Load the tags from their beginning, or go on (cursor).
  async load(cursor) {
    const { user } = address.read();
    this.user = user;
    try {
      const answer = await request("GET", "tags", { query: { user_id: user, limit: LIMIT, cursor } });
      if (user !== this.user || (cursor && cursor !== this.cursor)) return;
      this.rows = cursor ? [...this.rows, ...answer.tags] : answer.tags;
      this.cursor = answer.next_cursor;
      this.render(address.read().tags);
    } catch (problem) {
      this.user = null;
      tell(problem, () => this.load(cursor));
    }
  }

  render(chosen) {
    const place = byId("tags");
    const focused = place.contains(document.activeElement) && document.activeElement.dataset.place;
    const buttons = this.rows.map(({ tag, count }) => tagButton(tag, count, chosen));
    // Where the focus was, it stays: on a tag, or where the next tags begin.
    for (const [number, one] of buttons.entries()) one.dataset.place = number;
    if (this.cursor) {
      const more = () => this.load(this.cursor);
      buttons.push(element("button", { type: "button", className: "link", onclick: more }, "More tags"));
      buttons.at(-1).dataset.place = buttons.length - 1;
    }
    place.replaceChildren(...buttons);
    if (focused) buttons[focused]?.focus();
  }
}

function tagButton(tag, count, chosen) {
  const isChosen = chosen.includes(tag);
  const others = chosen.filter((other) => other !== tag);
  const toggle = () => address.go({ tags: isChosen ? others : [...chosen, tag] });
  const properties = { type: "button", className: "chip", onclick: toggle, "aria-pressed": isChosen };
  const made = element("button", properties, element("bdi", {}, tag), " ", element("small", {}, count));
  return made;
}
