// Numbers and names as people read them.

export const plural = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

const UNITS = ["B", "kB", "MB", "GB"];

export function sizeText(bytes) {
  let unit = 0;
  let size = bytes;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toLocaleString(undefined, { maximumFractionDigits: size < 10 && unit ? 1 : 0 })} ${UNITS[unit]}`;
}

// The tags of a text with commas.
export const tagsOf = (text) => [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
