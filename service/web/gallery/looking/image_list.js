// The images of one list: pages of 60 by cursor, newest first, kept small.

import { Problem, listImages, viewImage } from "../api.js";

const PAGE = 60;
// The addresses of thumbs are long: only those of the pages looked at last are kept.
const MOST_PAGES = 30;
// An address is not used in its last seconds.
const SPARE = 30_000;

export class ImageList {
  // query: what the service is asked for. onChange(isAnywhere): a page has come at the end, or an
  // image has come or gone anywhere.
  constructor(query, onChange) {
    this.query = query;
    this.onChange = onChange;
    this.items = [];
    this.byId = new Map();
    this.recent = new Set();
    this.cursor = null;
    this.isComplete = false;
    this.loading = null;
    this.making = Promise.resolve();
    this.ended = new AbortController();
  }

  // End all requests: another list is shown.
  end() {
    this.ended.abort();
  }

  // Load the next page, once at a time.
  more() {
    if (this.isComplete) return Promise.resolve();
    this.loading ??= this.load()
      .finally(() => (this.loading = null))
      .then(() => this.onChange(false));
    return this.loading;
  }

  async load() {
    const page = { cursor: this.cursor, urls: null, until: 0, renewing: null };
    const answer = await this.fetch(page);
    for (const image of answer.images) {
      if (!this.byId.has(image.image_id)) this.add(newItem(image, page), this.items.length);
    }
    this.cursor = answer.next_cursor;
    this.isComplete = !this.cursor;
  }

  async fetch(page) {
    const query = { ...this.query, limit: PAGE, cursor: page.cursor };
    const answer = await listImages(query, this.ended.signal);
    page.urls = new Map(answer.images.map((image) => [image.image_id, thumbOf(image)]));
    page.until = Math.min(...answer.images.map((image) => Date.parse(image.url_expires_at)));
    this.recent.delete(page);
    this.recent.add(page);
    if (this.recent.size > MOST_PAGES) {
      const [oldest] = this.recent;
      this.recent.delete(oldest);
      oldest.urls = null;
    }
    return answer;
  }

  // The address of an item's thumb, if it is known; "": no thumb was made yet.
  known(item) {
    const { page } = item;
    return page.urls && Date.now() < page.until - SPARE ? page.urls.get(item.id) : undefined;
  }

  // The address of an item's thumb, by a request if necessary; null: it has none, or is not wanted
  // any more.
  async thumb(item, isWanted) {
    if (this.known(item) === undefined) await this.renew(item.page);
    return this.known(item) || this.made(item, isWanted);
  }

  // Ask for a page's addresses again. What was uploaded since may have moved some out of it.
  renew(page) {
    page.renewing ??= this.fetch(page).finally(() => (page.renewing = null));
    return page.renewing;
  }

  // Have the thumb made, one at a time: it takes the service some time.
  made(item, isWanted) {
    const making = this.making.then(() => (isWanted() ? this.make(item) : null));
    this.making = making.catch(() => {});
    return making;
  }

  async make(item) {
    try {
      const image = await viewImage(item.id, { rendition: "thumb" }, this.ended.signal);
      item.page.urls?.set(item.id, image.url);
      return image.url;
    } catch (problem) {
      if (problem.status === 404) this.remove([item.id]);
      if (problem instanceof Problem && problem.status) return null;
      throw problem;
    }
  }

  // Forget addresses that do not work any more.
  expire(item) {
    item.page.until = 0;
  }

  // Show an image of an answer at its place, without asking for the list. An image that belongs
  // behind the pages loaded so far will come with its page.
  insert(image) {
    const urls = new Map([[image.image_id, thumbOf(image)]]);
    this.putBack([newItem(image, { cursor: null, urls, until: Date.parse(image.url_expires_at) })]);
  }

  putBack(items) {
    for (const item of items) {
      this.drop(item.id);
      const index = this.placeOf(item);
      if (index < this.items.length || this.isComplete) this.add(item, index);
    }
    this.onChange(true);
  }

  // Take images out; return their items, so that they can be put back.
  remove(ids) {
    const items = ids.map((id) => this.drop(id)).filter(Boolean);
    this.onChange(true);
    return items;
  }

  add(item, index) {
    this.items.splice(index, 0, item);
    this.byId.set(item.id, item);
  }

  drop(id) {
    const item = this.byId.get(id);
    if (!item) return null;
    this.items.splice(this.placeOf(item), 1);
    this.byId.delete(id);
    return item;
  }

  indexOf(id) {
    const item = this.byId.get(id);
    return item ? this.placeOf(item) : -1;
  }

  // Where an item is, or belongs: the list is sorted by time and id, the newest first.
  placeOf(item) {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.items[middle], item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(one, other) {
  return one.at === other.at ? one.id > other.id : one.at > other.at;
}

// What is kept of an image of which there may be 50,000.
function newItem(image, page) {
  const at = image.trashed_at ?? image.created_at;
  const date = new Date(at);
  return {
    id: image.image_id,
    name: image.filename,
    at,
    day: (date.getFullYear() * 100 + date.getMonth()) * 100 + date.getDate(),
    ratio: image.width && image.height ? image.width / image.height : 1,
    color: image.color,
    hash: image.thumbhash,
    page,
  };
}

const thumbOf = (image) => image.renditions?.thumb?.url ?? "";
