// The filters: their fields, the tags to choose from, and what is active.

import * as address from "../address.js";
import { needsToken } from "../api.js";
import { byId } from "../elements.js";
import { arrive } from "../parts.js";

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
      this.isTyping = false;
      const { q: before } = address.read();
      if (q.value !== before) address.go({ q: q.value }, { replace: Boolean(before && q.value) });
    };
    q.oninput = () => {
      clearTimeout(timer);
      this.isTyping = true;
      timer = setTimeout(search, TYPING);
    };
    byId("search-form").onsubmit = (event) => {
      event.preventDefault();
      search();
    };
    byId("user").onchange = ({ target }) => address.go({ user: target.value.trim() });
    for (const name of ["from", "to"]) {
      // While a year is typed it begins with zeros.
      byId(name).onchange = ({ target: { value } }) => value[0] !== "0" && address.go({ [name]: value });
    }
  }

  async toggle() {
    const isShown = byId("filters").hidden;
    byId("filters").hidden = !isShown;
    byId("show-filters").setAttribute("aria-expanded", isShown);
    const { TagFilter } = await arrive(() => import("./tag_filter.js"));
    this.tags ??= new TagFilter();
    this.tags.show(address.read());
  }

  // Show the filters of the address.
  show(state) {
    for (const name of ["q", "user", "from", "to"]) {
      if (name !== "q" || !this.isTyping) byId(name).value = state[name];
    }
    const trash = byId("show-trash");
    trash.href = address.href({ trash: !state.trash, image: "" });
    if (state.trash) trash.setAttribute("aria-current", "page");
    else trash.removeAttribute("aria-current");
    byId("home").href = location.pathname;
    if (address.isFiltered(state) || !byId("active").hidden) this.showActive();
    this.tags?.show(state);
  }

  async showActive() {
    const { showActive } = await arrive(() => import("./active_filters.js"));
    showActive(address.read());
  }

  // Tags have changed: they are to be counted again.
  changed() {
    this.tags?.changed();
  }
}
