// Requests that change images.

import { request } from "../api.js";

const MOST_IN_A_BATCH = 100;

// Change the metadata of an image if it still has the version of an ETag; return the image.
export const changeImage = (id, json, etag) =>
  request("PATCH", `images/${id}`, { json, headers: { "If-Match": etag } });

// Do an action with many images; return the rows of the answer, one for each.
export async function batch(ids, action, changes) {
  const rows = [];
  for (let first = 0; first < ids.length; first += MOST_IN_A_BATCH) {
    const json = { image_ids: ids.slice(first, first + MOST_IN_A_BATCH), action };
    if (changes) json.changes = changes;
    rows.push(...(await request("POST", "images/batch", { json })).results);
  }
  return rows;
}
