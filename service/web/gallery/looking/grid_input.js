// Mouse, finger and keys on the pictures of the grid.

import { byId } from "../elements.js";

// actions: trash(ids), undo().
export function listen(grid, selection, actions) {
  const place = byId("grid");
  place.addEventListener("click", (event) => click(event, grid, selection));
  place.addEventListener("keydown", (event) => press(event, grid, selection, actions));
  place.addEventListener("focusin", (event) => {
    const tile = event.target.closest(".tile");
    if (tile) grid.remember(tile.dataset.id);
    grid.makeReachable();
  });
  if (matchMedia("(any-pointer: coarse)").matches) {
    import("./long_press.js").then(({ listenToLongPress }) => listenToLongPress(place, selection));
  }
  document.addEventListener("keydown", (event) => pressAnywhere(event, grid, selection, actions));
}

function click(event, grid, selection) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const { id } = tile.dataset;
  // With Ctrl or the middle button the browser opens a tab, where nothing is being selected.
  if (!selection.size && (event.ctrlKey || event.metaKey) && event.target.closest("a")) return;
  event.preventDefault();
  // A click by Enter opens, whatever is selected.
  const isSelecting = (selection.size > 0 && event.detail) || event.target.closest(".select");
  if (event.shiftKey) selection.extend(id, grid.list);
  else if (isSelecting) selection.toggle(id);
  else grid.open(id);
}

function press(event, grid, selection, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { id } = event.target.closest(".tile")?.dataset ?? {};
  if (!id) return;
  const index = grid.list.indexOf(id);
  const isOnLink = event.target.classList.contains("open");
  const moves = {
    ArrowLeft: () => index - 1,
    ArrowRight: () => index + 1,
    ArrowUp: () => grid.beside(index, -1),
    ArrowDown: () => grid.beside(index, 1),
    Home: () => 0,
    End: () => grid.list.items.length - 1,
  };
  const target = moves[event.key]?.();
  if (target !== undefined) {
    if (event.shiftKey) selection.extend(grid.list.items[target]?.id ?? id, grid.list, id);
    grid.focus(target);
  } else if (event.key === "x" || (event.key === " " && isOnLink)) selection.toggle(id);
  else if (event.key === "Delete") actions.trash(selection.size ? selection.ids() : [id]);
  else return;
  event.preventDefault();
}

function pressAnywhere(event, grid, selection, actions) {
  if (event.target.closest("input, textarea, dialog")) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && event.key === "a") selection.all(grid.list);
  else if (isCommand && event.key === "z") actions.undo();
  else if (event.key === "Escape" && selection.size) selection.clear();
  else return;
  event.preventDefault();
}
