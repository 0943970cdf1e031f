// Whether a list shows an image that was just uploaded.

import { startOf } from "../address.js";

// Tell whether a list with these filters shows an image.
export function shows(state, image) {
  const texts = [image.filename, image.description ?? "", ...image.tags].map(folded);
  return (
    (image.status === "trashed") === state.trash &&
    (!state.user || image.user_id === state.user) &&
    state.tags.every((tag) => image.tags.includes(tag)) &&
    (!state.q || texts.some((text) => text.includes(folded(state.q)))) &&
    (!state.from || image.created_at >= startOf(state.from, 0)) &&
    (!state.to || image.created_at < startOf(state.to, 1))
  );
}

const folded = (text) => text.normalize("NFC").toLowerCase();
