// Joins the parts of the gallery. What is not needed to see pictures is loaded at its first use.

import * as address from "./address.js";
import { needsToken, onUnauthorized, signOut } from "./api.js";
import * as connection from "./connection.js";
import { byId, element } from "./elements.js";
import { FilterBar } from "./looking/filter_bar.js";
import { Grid } from "./looking/grid.js";
import { listen } from "./looking/grid_input.js";
import { ImageList } from "./looking/image_list.js";
import { Selection } from "./many/selection.js";
import { notice } from "./notices.js";
import { arrive, once } from "./parts.js";
import { listenToSources } from "./putting/sources.js";

const selection = new Selection();
const filterBar = new FilterBar();
const grid = new Grid(selection, { open: address.openImage, more: showMore });

// What the other parts see of the gallery.
const gallery = {
  list: null,
  grid,
  reload: () => showList(address.read()),
  tagsChanged: () => filterBar.changed(),
  isTagFiltered: () => address.read().tags.length > 0,
  changed(image) {
    const item = gallery.list.byId.get(image.image_id);
    if (item) item.name = image.filename;
    grid.renamed(image.image_id);
    filterBar.changed();
  },
  // What had the focus may be gone: give it to a picture.
  keepFocus() {
    if (document.activeElement === document.body) grid.focus(grid.nearest());
  },
};

const uploads = once(async () => (await import("./putting/uploads.js")).newUploads(gallery));
const actions = once(async () => {
  const { Actions } = await import("./many/actions.js");
  return new Actions(gallery, selection, (await import("./putting/leaving.js")).letLeave);
});
const toolbar = once(async () => {
  const { newToolbar } = await import("./many/toolbar.js");
  newToolbar(gallery, selection, await actions());
});
const viewer = once(async () => {
  const { Viewer } = await import("./viewing/viewer.js");
  return new Viewer(gallery, await actions());
});

let shown = null;

async function show(state) {
  const { image, ...filters } = state;
  filterBar.show(state);
  const key = JSON.stringify(filters);
  if (key !== shown) {
    shown = key;
    showList(state);
  }
  document.title = state.trash ? "Trash" : "Images";
  if (image || byId("viewer")?.open) (await viewer()).show(address.read().image);
}

function showList(state) {
  gallery.list?.end();
  selection.clear();
  const list = new ImageList(address.listQuery(state), (isAnywhere) => {
    if (list !== gallery.list) return;
    grid.changed(isAnywhere);
    showBelow();
  });
  gallery.list = list;
  scrollTo(0, 0);
  grid.show(list);
}

// Load the next page; what keeps it from coming is told below the pictures.
async function showMore() {
  const { list } = gallery;
  if (list.isComplete || list.loading || list.fault) return;
  const loading = list.more();
  showBelow();
  try {
    await loading;
  } catch (problem) {
    if (problem.name === "AbortError") return;
    list.fault = problem;
  }
  if (list !== gallery.list) return;
  showBelow();
  // A search may come with few pictures, or none, and go on.
  grid.ask();
}

function tryAgain() {
  gallery.list.fault = null;
  showMore();
}

function showBelow() {
  const { list } = gallery;
  const below = byId("below");
  below.classList.toggle("loading", Boolean(list.loading));
  below.replaceChildren(...(list.fault ? [faultOf(list.fault)] : []));
  if (list.isComplete && !list.items.length) showEmptiness(list);
}

async function showEmptiness(list) {
  const { emptiness } = await arrive(() => import("./looking/empty.js"));
  if (list === gallery.list && !list.items.length) byId("below").replaceChildren(emptiness(address.read()));
}

function faultOf(problem) {
  const title = element("h2", {}, "The images could not be loaded");
  const again = element("button", { type: "button", onclick: tryAgain }, "Try again");
  return element("div", { className: "empty", role: "alert" }, title, element("p", {}, problem.message), again);
}

function listenToLinks() {
  for (const [id, state] of [["home", address.EMPTY], ["show-trash", null]]) {
    byId(id).onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      // Where nothing changes, it loads anew.
      shown = null;
      address.go(state ?? { trash: !address.read().trash });
    };
  }
}

function listenToConnection() {
  let close = null;
  connection.events.addEventListener("lost", () => {
    close = notice("The service does not answer. Trying again …", null, { stays: true });
  });
  connection.events.addEventListener("found", () => {
    close?.();
    if (gallery.list.fault) tryAgain();
  });
}

function listenToSignOut() {
  byId("sign-out").hidden = !needsToken;
  byId("sign-out").onclick = signOut;
}

// Lists scroll by themselves.
history.scrollRestoration = "manual";
onUnauthorized(async (...known) => (await arrive(() => import("./asking/dialogs.js"))).askForToken(...known));
listen(grid, selection, {
  trash: async (ids) => (await actions())[address.read().trash ? "deleteForGood" : "trash"](ids),
  undo: async () => (await actions()).undo(),
});
listenToSources(async (files) => (await uploads()).add(files));
selection.addEventListener("change", toolbar, { once: true });
listenToLinks();
listenToConnection();
listenToSignOut();
address.onChange(show);
show(address.read());
