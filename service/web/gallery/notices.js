// Short notices at the edge of the page, with something to do about them.

import { button, byId, element, icon } from "./elements.js";

const SECONDS = 12;
const MOST = 3;

// Show a text, and a button {name, run}. Returns a function that takes the notice away.
export function notice(text, action, { stays = false } = {}) {
  const place = byId("notices");
  const made = element("div", { className: "notice" }, element("span", { dir: "auto" }, text));
  let timer = null;
  const before = document.activeElement;
  const close = () => {
    clearTimeout(timer);
    if (made.contains(document.activeElement)) before.focus();
    made.remove();
  };
  // It stays while somebody reads it with the mouse or the focus on it.
  const wait = () => {
    clearTimeout(timer);
    if (!stays) timer = setTimeout(close, SECONDS * 1000);
  };
  if (action) {
    const run = () => {
      close();
      action.run();
    };
    made.append(element("button", { className: "action", type: "button", onclick: run }, action.name));
  }
  made.append(button("Dismiss", close, icon("#i-close")));
  for (const name of ["mouseenter", "focusin"]) made.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["mouseleave", "focusout"]) made.addEventListener(name, wait);
  place.append(made);
  while (place.childElementCount > MOST) place.firstElementChild.remove();
  wait();
  return close;
}

// Tell what went wrong, and offer to try it again.
export function tell(problem, again) {
  if (problem.name === "AbortError") return;
  notice(problem.message, again && { name: "Try again", run: again });
}
