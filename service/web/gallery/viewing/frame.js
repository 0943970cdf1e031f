// The elements of the viewer.

import { button, element, icon, style } from "../elements.js";
import { ICONS } from "../icons.js";

await style(new URL("viewer.css", import.meta.url));

// Return the parts of the viewer, added to the page. run: what each button does.
export function newFrame(run) {
  const made = (key, name, shape) => button(name, run[key], icon(shape));
  const parts = {
    name: element("h2", { id: "viewer-name", dir: "auto", tabIndex: -1 }),
    picture: element("div", { id: "picture" }),
    fault: element("p", { id: "viewer-fault", role: "alert" }),
    details: element("aside", { "aria-label": "Details", hidden: true }),
    previous: made("previous", "Previous image", ICONS.left),
    next: made("next", "Next image", ICONS.right),
    zoomOut: made("zoomOut", "Zoom out", ICONS.minus),
    zoomIn: made("zoomIn", "Zoom in", ICONS.plus),
    showDetails: made("showDetails", "Details", ICONS.details),
    download: made("download", "Download", ICONS.download),
    copyLink: made("copyLink", "Copy link", ICONS.link),
    restore: made("restore", "Restore", ICONS.restore),
    trash: made("trash", "Move to trash", "#i-trash"),
    delete: made("delete", "Delete for good", "#i-trash"),
    close: made("close", "Close", "#i-close"),
  };
  parts.previous.id = "previous";
  parts.next.id = "next";
  const { name, zoomOut, zoomIn, showDetails, download, copyLink, restore, trash, close } = parts;
  const bar = [name, zoomOut, zoomIn, showDetails, download, copyLink, restore, trash, parts.delete, close];
  parts.stage = element("div", { id: "stage" }, parts.picture, parts.fault, parts.previous, parts.next);
  parts.dialog = element(
    "dialog",
    { id: "viewer", "aria-labelledby": name.id },
    element("div", { id: "viewer-bar" }, ...bar),
    element("div", { id: "viewer-body" }, parts.stage, parts.details),
  );
  document.body.append(parts.dialog);
  return parts;
}
