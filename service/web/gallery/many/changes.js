// Requests that change images.

import { request } from "../api.js";

const MOST_IN_A_BATCH = 100;

// Change the metadata of an image if it still has the version of an ETag; return the image.
export const changeImage = (id, json, etag) =>
  request("PATCH", `images/${id}`, { json, headers: { "If-Match": etag } });

// Do an action with many images; return the rows of the answers, one for each. Where a later
// request fails, the rows of its images say so.
export async function batch(ids, action, changes) {
  const rows = [];
  for (let first = 0; first < ids.length; first += MOST_IN_A_BATCH) {
    const some = ids.slice(first, first + MOST_IN_A_BATCH);
    const json = { image_ids: some, action, ...(changes && { changes }) };
    try {
      rows.push(...(await request("POST", "images/batch", { json })).results);
    } catch (problem) {
      if (!first) throw problem;
      const row = { status: problem.status || 503, problem: { detail: problem.message } };
      rows.push(...some.map((id) => ({ image_id: id, ...row })));
    }
  }
  return rows;
}
