// Where each picture stands: rows as wide as the window, each picture in its own shape, and a
// heading for each day. Adding pictures at the end leaves the rows before as they are.

const GAP = 6;
const HEADING = 52;
// Very tall pictures are cut to this shape, very wide ones to this width: a thumb has 320 pixels.
const LEAST_RATIO = 0.45;
const WIDEST = 480;

export class Rows {
  constructor(width) {
    this.width = width;
    this.target = width < 600 ? 130 : Math.min(260, 170 + width / 25);
    // In a narrow window a panorama would make its whole row low.
    this.widest = Math.min(WIDEST, 0.75 * width) / this.target;
    this.all = [];
    this.bottom = 0;
    this.day = null;
  }

  // Lay out the items that came after those laid out before.
  extend(items) {
    let index = 0;
    const last = this.all.at(-1);
    if (last) {
      index = last.first + last.count;
      // The last row was not full: it may go on.
      if (!last.isFull) {
        this.all.pop();
        this.bottom = last.top;
        index = last.first;
      }
    }
    while (index < items.length) {
      if (items[index].day !== this.day) this.addHeading(items[index], index);
      index += this.addRow(items, index);
    }
  }

  addHeading({ id, day, at }, first) {
    this.day = day;
    this.all.push({ id, at, top: this.bottom, height: HEADING, first, count: 0, isFull: true });
    this.bottom += HEADING;
  }

  addRow(items, first) {
    let ratios = 0;
    let count = 0;
    let isFull = false;
    while (!isFull && items[first + count]?.day === this.day) {
      ratios += this.shown(items[first + count]);
      count += 1;
      isFull = ratios * this.target + (count - 1) * GAP >= this.width;
    }
    const height = isFull ? (this.width - (count - 1) * GAP) / ratios : this.target;
    this.all.push({ id: items[first].id, top: this.bottom, height, first, count, isFull });
    this.bottom += height + GAP;
    return count;
  }

  // The shape that an item is shown in.
  shown({ ratio }) {
    return Math.min(Math.max(ratio, LEAST_RATIO), this.widest);
  }

  // The number of the first row that ends below y.
  at(y) {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle].top + this.all[middle].height <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The number of the row that an item is in.
  of(index) {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { first, count } = this.all[middle];
      if (first + count <= index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Call place(index, {left, top, width, height}) for each item of a row.
  each(row, items, place) {
    let left = 0;
    for (let index = row.first; index < row.first + row.count; index += 1) {
      const width = Math.min(this.shown(items[index]) * row.height, this.width);
      place(index, { left, top: row.top, width, height: row.height });
      left += width + GAP;
    }
  }
}
