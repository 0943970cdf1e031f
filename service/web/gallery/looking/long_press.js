// A long press of a finger begins a selection, as on phones.

const LONG_PRESS = 500;
const SLACK = 10;

export function listenToLongPress(place, selection) {
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
