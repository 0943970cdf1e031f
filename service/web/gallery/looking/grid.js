// The pictures near the window, as tiles in the order of the list; the others are only numbers.

import { href } from "../address.js";
import * as connection from "../connection.js";
import { byId, element } from "../elements.js";
import { arrive } from "../parts.js";
import { Rows } from "./rows.js";

// Tiles are there this many windows before they are seen, and pages are asked for.
const AHEAD = 1;
const PAGES_AHEAD = 3;
// Pictures that fly by faster than this (pixels a millisecond) are not loaded until it is calmer.
const FAST = 4;
const CALM = 120;
// Placeholders are painted only of pictures that take longer than this to come.
const SLOW = 400;
const TRIES = 2;
// What covers the top of the window.
const HEADER = 100;

let dates = null;

export class Grid {
  // selection: what is selected. open(id): show an image alone. more(): load the next page.
  constructor(selection, { open, more }) {
    this.place = byId("grid");
    this.selection = selection;
    this.open = open;
    this.more = more;
    this.tiles = new Map();
    this.remember(null);
    this.last = { y: 0, at: 0 };
    addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.resized()).observe(this.place);
    selection.addEventListener("change", () => this.showSelection());
    connection.events.addEventListener("found", () => this.loadAgain());
  }

  // Show a list from its beginning.
  show(list) {
    this.list = list;
    this.rows = null;
    const others = href({ image: "" });
    this.links = `${others}${others.includes("?") ? "&" : "?"}image=`;
    this.remember(null);
    this.place.replaceChildren();
    this.tiles.clear();
    this.changed(true);
  }

  resized() {
    if (this.list && this.rows.width !== this.place.clientWidth) this.changed(true);
  }

  // Lay out the list: what came at its end, or all of it; what is seen then stays in its place.
  changed(all = false) {
    const top = scrollY - this.place.offsetTop;
    const row = all && top > 0 && this.rows?.all[this.rows.at(top)];
    if (all) this.rows = new Rows(this.place.clientWidth);
    this.rows.extend(this.list.items);
    this.place.style.height = `${this.rows.bottom}px`;
    const index = row ? this.list.indexOf(row.id) : -1;
    if (index >= 0) scrollBy(0, this.rows.all[this.rows.of(index)].top - row.top);
    this.render();
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.render();
    });
  }

  // Make the tiles near the window, remove the others.
  render() {
    if (!this.list) return;
    const seen = innerHeight;
    const top = scrollY - this.place.offsetTop;
    // At first only what is seen, so that it comes first.
    const ahead = this.tiles.size ? AHEAD : 0;
    this.put(this.wanted(top - ahead * seen, top + (1 + ahead) * seen));
    this.load();
    if (!ahead && this.tiles.size) setTimeout(() => this.render(), SLOW / 2);
    this.ask();
  }

  // Ask for a page where the end of the list is near.
  ask() {
    if (scrollY + (1 + PAGES_AHEAD) * innerHeight > this.place.offsetTop + this.rows.bottom) this.more();
  }

  // What stands between two heights, by key; the tile with the focus stays as well.
  wanted(from, to) {
    const { items } = this.list;
    const found = new Map();
    const focused = this.place.contains(document.activeElement) ? this.list.indexOf(this.current) : -1;
    const kept = focused < 0 ? -1 : this.rows.of(focused);
    const add = (row) => {
      if (row.at) found.set(`day ${items[row.first].day}`, { heading: row });
      this.rows.each(row, items, (index, box) => found.set(items[index].id, { item: items[index], box }));
    };
    const first = this.rows.at(from);
    if (kept >= 0 && kept < first) add(this.rows.all[kept]);
    let number = first;
    for (; number < this.rows.all.length && this.rows.all[number].top < to; number += 1) {
      add(this.rows.all[number]);
    }
    if (kept >= number && this.rows.all[kept]) add(this.rows.all[kept]);
    return found;
  }

  // Elements are never moved among each other: one with the focus would lose it.
  put(wanted) {
    for (const [key, tile] of this.tiles) {
      if (wanted.has(key)) continue;
      tile.remove();
      this.tiles.delete(key);
    }
    let next = this.place.firstChild;
    for (const [key, { item, box, heading }] of wanted) {
      let tile = this.tiles.get(key);
      if (!tile) {
        tile = item ? this.newTile(item) : newHeading(heading);
        this.tiles.set(key, tile);
        this.painting ??= setTimeout(() => this.paint(), SLOW);
        this.place.insertBefore(tile, next);
      } else if (tile === next) next = next.nextSibling;
      else this.place.insertBefore(tile, next);
      arrange(tile, box ?? { left: 0, top: heading.top });
    }
    this.makeReachable();
  }

  newTile(item) {
    const link = element("a", { className: "open", href: this.links + item.id, tabIndex: -1 });
    const picture = element("img", { alt: "", decoding: "async", draggable: false });
    link.append(picture);
    const select = element("button", { className: "select", type: "button", tabIndex: -1 });
    const tile = element("div", { className: "tile" }, link, select);
    tile.dataset.id = item.id;
    Object.assign(tile, { item, link, picture, select, tries: 0, isWaiting: true });
    if (item.color) tile.style.backgroundColor = item.color;
    this.name(tile);
    this.mark(tile);
    return tile;
  }

  name({ item, link, select }) {
    link.setAttribute("aria-label", item.name);
    link.title = item.name;
    select.setAttribute("aria-label", `Select ${item.name}`);
  }

  // Show what an item is called now.
  renamed(id) {
    const tile = this.tiles.get(id);
    if (tile) this.name(tile);
  }

  mark(tile) {
    const isSelected = this.selection.has(tile.item.id);
    tile.classList.toggle("selected", isSelected);
    tile.select.setAttribute("aria-pressed", isSelected);
  }

  showSelection() {
    this.place.classList.toggle("selecting", this.selection.size > 0);
    for (const tile of this.tiles.values()) if (tile.item) this.mark(tile);
  }

  // Show placeholders where pictures are slow.
  async paint() {
    this.painting = null;
    const { paint } = await arrive(() => import("./thumbhash.js"));
    paint([...this.tiles.values()].filter(({ item, classList }) => item?.hash && !classList.contains("loaded")));
  }

  // Load the pictures of new tiles, unless they fly by.
  load() {
    const now = performance.now();
    const speed = Math.abs(scrollY - this.last.y) / Math.max(now - this.last.at, 1);
    this.last = { y: scrollY, at: now };
    clearTimeout(this.calm);
    if (speed > FAST) this.calm = setTimeout(() => this.load(), CALM);
    else for (const tile of this.tiles.values()) if (tile.isWaiting) this.loadTile(tile);
  }

  loadTile(tile) {
    tile.isWaiting = false;
    const address = this.list.known(tile.item);
    if (address) this.loadPicture(tile, address);
    else this.findAddress(tile);
  }

  async findAddress(tile) {
    try {
      const address = await this.list.thumb(tile.item, () => tile.isConnected);
      if (address) this.loadPicture(tile, address);
      else tile.classList.add("without");
    } catch {
      tile.classList.add("failed");
    }
  }

  loadPicture(tile, address) {
    const { picture } = tile;
    picture.onload = () => tile.classList.add("loaded");
    picture.onerror = () => {
      if (!tile.isConnected) return;
      if (tile.tries === TRIES) {
        tile.classList.add("failed");
        return;
      }
      tile.tries += 1;
      this.list.expire(tile.item);
      this.findAddress(tile);
    };
    picture.src = address;
  }

  // Try the pictures again that could not be loaded.
  loadAgain() {
    for (const tile of this.tiles.values()) {
      if (!tile.item || tile.classList.contains("loaded")) continue;
      tile.classList.remove("failed");
      tile.tries = 0;
      this.findAddress(tile);
    }
  }

  // Which picture has the focus, or had it last.
  remember(id) {
    this.current = id;
    this.lastIndex = id ? this.list.indexOf(id) : 0;
  }

  // One tile can be reached with Tab, the others from there with the arrows.
  makeReachable() {
    const tile = this.tiles.get(this.current) ?? [...this.tiles.values()].find((one) => one.item);
    if (tile === this.reachable) return;
    for (const one of [this.reachable, tile]) {
      if (one?.item) one.link.tabIndex = one.select.tabIndex = one === tile ? 0 : -1;
    }
    this.reachable = tile;
  }

  // The index of the picture that had the focus last, or of one near it in the window.
  nearest() {
    const top = scrollY - this.place.offsetTop;
    const first = this.rows.all[this.rows.at(top + HEADER)]?.first ?? 0;
    const last = this.rows.all[this.rows.at(top + innerHeight)]?.first ?? this.list.items.length;
    return Math.max(first, Math.min(this.lastIndex, last - 1));
  }

  // Give the focus to a picture, and bring it into the window.
  focus(index) {
    const item = this.list.items[Math.max(0, Math.min(index, this.list.items.length - 1))];
    if (!item) return;
    this.remember(item.id);
    const row = this.rows.all[this.rows.of(this.list.indexOf(item.id))];
    const top = this.place.offsetTop + row.top;
    if (top < scrollY + HEADER) scrollTo({ top: top - HEADER });
    else if (top + row.height > scrollY + innerHeight) scrollTo({ top: top + row.height - innerHeight + 8 });
    this.render();
    // Where it was not near, it is only made now.
    if (!this.tiles.has(item.id)) this.put(this.wanted(row.top, row.top + row.height));
    this.makeReachable();
    this.tiles.get(item.id).link.focus({ preventScroll: true });
  }

  // The index of the picture above or below one, the nearest by its middle.
  beside(index, step) {
    let number = this.rows.of(index) + step;
    while (this.rows.all[number]?.count === 0) number += step;
    const row = this.rows.all[number];
    if (!row) return index;
    const middle = this.middle(this.rows.all[this.rows.of(index)], index);
    let best = row.first;
    this.rows.each(row, this.list.items, (other) => {
      if (Math.abs(this.middle(row, other) - middle) < Math.abs(this.middle(row, best) - middle)) best = other;
    });
    return best;
  }

  middle(row, index) {
    let found = 0;
    this.rows.each(row, this.list.items, (other, { left, width }) => {
      if (other === index) found = left + width / 2;
    });
    return found;
  }
}

function newHeading({ at }) {
  const made = element("h2", {}, new Date(at).toDateString());
  const name = () => {
    dates ??= new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
    made.textContent = dates.format(new Date(at));
  };
  // A browser takes 50 ms to make its first format: the first pictures come before.
  if (dates) name();
  else setTimeout(name, SLOW);
  return made;
}

function arrange(tile, { left, top, width, height }) {
  const { style } = tile;
  style.transform = `translate(${left}px, ${top}px)`;
  if (width) style.width = `${width}px`;
  if (height) style.height = `${height}px`;
}
