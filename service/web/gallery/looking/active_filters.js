// The filters that are active, to be removed one by one.

import * as address from "../address.js";
import { byId, element, icon } from "../elements.js";

// Show a button for each filter of an address, which removes it.
export function showActive(state) {
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

function chip(text, without) {
  const remove = () => address.go(without);
  const label = `Remove filter: ${text}`;
  const properties = { type: "button", className: "chip", onclick: remove, "aria-label": label };
  return element("button", properties, element("span", { dir: "auto" }, text), icon("#i-close"));
}
