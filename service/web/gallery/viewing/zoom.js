// Zoom and gestures: wheel, double click, two fingers; a drag moves, a swipe goes on.

const MOST = 8;
const CLOSE = 2.5;
// From here on the picture as it was uploaded shows more.
const DEEP = 1.2;
const SWIPE = 60;

export class Zoom {
  // swipe(step): go to a neighbour. deep(): somebody looks closely.
  constructor(stage, picture, { swipe, deep }) {
    Object.assign(this, { stage, picture, swipe, deep });
    this.pointers = new Map();
    this.reset();
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => this.toggle(event));
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, (event) => this.up(event));
  }

  reset() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.apply();
  }

  // Zoom by a factor; what is at the point, from the middle of the stage, stays there.
  by(factor, point = { x: 0, y: 0 }) {
    const scale = Math.min(Math.max(this.scale * factor, 1), MOST);
    const grown = scale / this.scale;
    this.x = point.x - (point.x - this.x) * grown;
    this.y = point.y - (point.y - this.y) * grown;
    this.scale = scale;
    if (scale > DEEP) this.deep();
    this.apply();
  }

  apply() {
    const most = (this.scale - 1) / 2;
    const within = (value, size) => Math.min(Math.max(value, -most * size), most * size);
    this.x = within(this.x, this.stage.clientWidth);
    this.y = within(this.y, this.stage.clientHeight);
    this.picture.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle("zoomed", this.scale > 1);
  }

  pointOf({ clientX, clientY }) {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  wheel(event) {
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / 400), this.pointOf(event));
  }

  toggle(event) {
    if (event.target.closest("button")) return;
    if (this.scale > 1) this.reset();
    else this.by(CLOSE, this.pointOf(event));
  }

  down(event) {
    if (event.target.closest("button")) return;
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.pointOf(event));
    this.start = this.pointers.size === 1 ? { ...this.pointOf(event), type: event.pointerType } : null;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.pointOf(event);
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    this.pointers.set(event.pointerId, now);
    if (other) {
      this.by(distance(now, other) / (distance(before, other) || 1), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else if (this.scale > 1) {
      this.x += now.x - before.x;
      this.y += now.y - before.y;
      this.apply();
    }
  }

  up(event) {
    const end = this.pointers.get(event.pointerId);
    const { start } = this;
    if (!this.pointers.delete(event.pointerId) || !start || this.scale > 1) return;
    const across = end.x - start.x;
    const isSwipe = Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(end.y - start.y);
    if (event.type === "pointerup" && start.type !== "mouse" && isSwipe) this.swipe(across < 0 ? 1 : -1);
  }
}

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);
