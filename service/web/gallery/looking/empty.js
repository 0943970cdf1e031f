// What stands where there are no pictures: what to do.

import * as address from "../address.js";
import { ROOT, needsToken } from "../api.js";
import { element } from "../elements.js";

const box = (...children) => element("div", { className: "empty" }, ...children);
const title = (text) => element("h2", {}, text);
const action = (name, onclick) => element("button", { type: "button", onclick }, name);

// state: the filters of the address.
export function emptiness(state) {
  if (address.isFiltered(state)) return box(title("Nothing found"), action("Clear filters", address.clear));
  if (state.trash) return box(title("The trash is empty"));
  const who = needsToken ? '-H "Authorization: Bearer $TOKEN"' : '-F "user_id=me"';
  const line = `curl -X POST "${new URL("images", ROOT)}" ${who} -F "image_data=@cat.jpg"`;
  return box(
    title("No images yet"),
    element("p", {}, "Drop a picture here"),
    element("p", {}, "or upload one from a terminal:"),
    element("pre", { tabIndex: 0 }, line),
  );
}
