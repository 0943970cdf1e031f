// The filters: their fields, the tags to choose from, and what is active.

import * as address from "../address.js";
import { needsToken } from "../api.js";
import { byId, element, icon } from "../elements.js";

const TYPING = 400;

export class FilterBar {
  constructor() {
    byId("user-field").hidden = needsToken;
    byId("show-filters").onclick = () => this.toggle();
    this.listen();
  }

  listen() {
    const q = byId("q");
    let timer = null;
    const search = () => {
      clearTimeout(timer);
      const { q: before } = address.read();
      if (q.value !== before) address.go({ q: q.value }, { replace: Boolean(before && q.value) });
    };
    q.oninput = () => {
      clearTimeout(timer);
      timer = setTimeout(search, TYPING);
    };
    byId("search-form").onsubmit = (event) => {
      event.preventDefault();
      search();
    };
    byId("user").onchange = ({ target }) => address.go({ user: target.value.trim() });
    for (const name of ["from", "to"]) {
      byId(name).onchange = ({ target }) => address.go({ [name]: target.value });
    }
  }

  async toggle() {
    const isShown = byId("filters").hidden;
    byId("filters").hidden = !isShown;
    byId("show-filters").setAttribute("aria-expanded", isShown);
    const { TagFilter } = await import("./tag_filter.js");
    this.tags ??= new TagFilter();
    this.tags.show(address.read());
  }

  // Show the filters of the address.
  show(state) {
    for (const name of ["q", "user", "from", "to"]) {
      const field = byId(name);
      if (field !== document.activeElement || !state[name]) field.value = state[name];
    }
    const trash = byId("show-trash");
    trash.href = address.href({ trash: !state.trash, image: "" });
    if (state.trash) trash.setAttribute("aria-current", "page");
    else trash.removeAttribute("aria-current");
    byId("home").href = location.pathname;
    this.showActive(state);
    this.tags?.show(state);
  }

  showActive(state) {
    const chips = [
      ...(state.user ? [chip(`user ${state.user}`, { user: "" })] : []),
      ...(state.q ? [chip(`“${state.q}”`, { q: "" })] : []),
      ...state.tags.map((tag) => chip(tag, { tags: state.tags.filter((other) => other !== tag) })),
      ...(state.from ? [chip(`from ${state.from}`, { from: "" })] : []),
      ...(state.to ? [chip(`until ${state.to}`, { to: "" })] : []),
    ];
    if (chips.length > 1) {
      chips.push(element("button", { type: "button", className: "link", onclick: address.clear }, "Clear filters"));
    }
    const place = byId("active");
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...chips);
    place.hidden = !chips.length;
    // What was clicked is gone: the focus goes on, not to the top of the page.
    if (hadFocus) (place.querySelector("button") ?? byId("show-filters")).focus();
  }

  // Tags have changed: they are to be counted again.
  changed() {
    this.tags?.changed();
  }
}

function chip(text, without) {
  const remove = () => address.go(without);
  const label = `Remove filter: ${text}`;
  const properties = { type: "button", className: "chip", onclick: remove, "aria-label": label };
  return element("button", properties, element("span", { dir: "auto" }, text), icon("#close"));
}
