// The elements of the viewer.

import { button, element, icon, style } from "../elements.js";

await style(new URL("viewer.css", import.meta.url));

const LEFT = "m15 5-7 7 7 7";
const RIGHT = "m9 5 7 7-7 7";
const PLUS = "M12 5v14M5 12h14";
const MINUS = "M5 12h14";
const DETAILS = "M12 11v6M12 7v1M12 3a9 9 0 1 0 .1 0";
const LINK = "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1";

// Return the parts of the viewer, added to the page. run: what each button does.
export function newFrame(run) {
  const made = (key, name, shape) => button(name, run[key], icon(shape));
  const parts = {
    name: element("h2", { id: "viewer-name", dir: "auto", tabIndex: -1 }),
    picture: element("div", { id: "picture" }),
    fault: element("p", { id: "viewer-fault", role: "alert" }),
    details: element("aside", { "aria-label": "Details", hidden: true }),
    previous: made("previous", "Previous image", LEFT),
    next: made("next", "Next image", RIGHT),
    zoomOut: made("zoomOut", "Zoom out", MINUS),
    zoomIn: made("zoomIn", "Zoom in", PLUS),
    showDetails: made("showDetails", "Details", DETAILS),
    download: made("download", "Download", "#download"),
    copyLink: made("copyLink", "Copy link", LINK),
    restore: made("restore", "Restore", "#restore"),
    trash: made("trash", "Move to trash", "#trash"),
    delete: made("delete", "Delete for good", "#trash"),
    close: made("close", "Close", "#close"),
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
