// Mouse, finger and keys on the pictures of the grid.

import { byId } from "../elements.js";

const LONG_PRESS = 500;
const SLACK = 10;

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
  listenToLongPress(place, grid, selection);
  document.addEventListener("keydown", (event) => pressAnywhere(event, grid, selection, actions));
}

function click(event, grid, selection) {
  const tile = event.target.closest(".tile");
  if (!tile) return;
  const { id } = tile.dataset;
  // With Ctrl or the middle button the browser opens a tab, where nothing is being selected.
  if (!selection.size && (event.ctrlKey || event.metaKey) && event.target.closest("a")) return;
  event.preventDefault();
  const isSelecting = selection.size > 0 || event.target.closest(".select");
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

// A long press of a finger begins a selection, as on phones.
function listenToLongPress(place, grid, selection) {
  let timer = null;
  let start = null;
  let isPressed = false;
  const stop = () => clearTimeout(timer);
  place.addEventListener("pointerdown", (event) => {
    const tile = event.target.closest(".tile");
    isPressed = false;
    if (event.pointerType === "mouse" || !tile) return;
    start = event;
    timer = setTimeout(() => {
      isPressed = true;
      selection.toggle(tile.dataset.id);
      navigator.vibrate?.(10);
    }, LONG_PRESS);
  });
  place.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > SLACK) stop();
  });
  for (const name of ["pointerup", "pointercancel"]) place.addEventListener(name, stop);
  // The click and the menu that follow a long press are not for the picture.
  for (const name of ["click", "contextmenu"]) {
    place.addEventListener(
      name,
      (event) => {
        if (!isPressed) return;
        event.preventDefault();
        event.stopPropagation();
        if (name === "click") isPressed = false;
      },
      true,
    );
  }
}
