// Which images are selected. Sends "change".

export class Selection extends EventTarget {
  #ids = new Set();
  #anchor = null;

  get size() {
    return this.#ids.size;
  }

  has(id) {
    return this.#ids.has(id);
  }

  ids() {
    return [...this.#ids];
  }

  toggle(id) {
    if (!this.#ids.delete(id)) this.#ids.add(id);
    this.#anchor = id;
    this.#tell();
  }

  // Select everything between the last selected image, or `from`, and this one.
  extend(id, list, from = id) {
    this.#anchor ??= from;
    const ends = [list.indexOf(this.#anchor), list.indexOf(id)];
    const [first, last] = ends[0] < 0 ? [ends[1], ends[1]] : ends.sort((one, other) => one - other);
    for (let index = first; index <= last; index += 1) this.#ids.add(list.items[index].id);
    this.#tell();
  }

  all(list) {
    for (const { id } of list.items) this.#ids.add(id);
    this.#tell();
  }

  clear() {
    this.#anchor = null;
    if (!this.size) return;
    this.#ids.clear();
    this.#tell();
  }

  remove(ids) {
    for (const id of ids) this.#ids.delete(id);
    if (!this.size) this.#anchor = null;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
