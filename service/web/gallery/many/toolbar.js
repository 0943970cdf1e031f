// What can be done with the selected images.

import * as address from "../address.js";
import { button, element, icon, style } from "../elements.js";
import { ICONS } from "../icons.js";

await style(new URL("toolbar.css", import.meta.url));

// Show the toolbar while something is selected. gallery.keepFocus(): see main.js.
export function newToolbar(gallery, selection, actions) {
  const count = element("span", { role: "status" });
  const made = (name, shape, action) => {
    const run = () => actions[action](selection.ids());
    return element("button", { type: "button", onclick: run }, icon(shape), element("span", {}, name));
  };
  const outside = [made("Tag", ICONS.tag, "tag"), made("Move to trash", "#i-trash", "trash")];
  const inside = [made("Restore", ICONS.restore, "restore"), made("Delete for good", "#i-trash", "deleteForGood")];
  const download = made("Download", ICONS.download, "download");
  const cancel = () => {
    selection.clear();
    gallery.keepFocus();
  };
  const toolbar = element(
    "div",
    { id: "selected", role: "toolbar", "aria-label": "Selected images" },
    count, outside[0], download, outside[1], ...inside, button("Cancel selection", cancel, icon("#i-close")),
  );
  const show = () => {
    const { trash } = address.read();
    toolbar.hidden = !selection.size;
    count.textContent = `${selection.size.toLocaleString()} selected`;
    for (const one of outside) one.hidden = trash;
    for (const one of inside) one.hidden = !trash;
  };
  selection.addEventListener("change", show);
  show();
  document.querySelector("header").append(toolbar);
}
