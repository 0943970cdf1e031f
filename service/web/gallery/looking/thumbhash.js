// Paints a ThumbHash, the placeholder of a picture: a few cosine waves of its luminance, two colour
// channels and opacity, as described at https://evanw.github.io/thumbhash/.

// Small, because the browser stretches it smoothly.
const SIDE = 16;
const TURN_TIME = 8;
const TURN = Math.PI / SIDE;
// What a wave adds at each place: WAVES[frequency][place].
const WAVES = Array.from({ length: 8 }, (_, frequency) =>
  Float32Array.from({ length: SIDE }, (_, place) => Math.cos(TURN * frequency * (place + 0.5))),
);

// Paint the placeholders of tiles, in short turns, so that nothing else waits for it.
export async function paint(tiles) {
  let end = performance.now() + TURN_TIME;
  for (const tile of tiles) {
    if (performance.now() > end) {
      await new Promise(requestAnimationFrame);
      end = performance.now() + TURN_TIME;
    }
    if (tile.isConnected && !tile.placeholder && !tile.classList.contains("loaded")) paintOne(tile);
  }
}

// A hash (base64) that can't be read leaves the colour.
function paintOne(tile) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(SIDE, SIDE);
  fill(picture.data, Uint8Array.from(atob(tile.item.hash), (letter) => letter.charCodeAt(0)));
  context.putImageData(picture, 0, 0);
  tile.placeholder = canvas;
  tile.link.prepend(canvas);
  tile.picture.addEventListener("transitionend", () => canvas.remove());
}

function fill(pixels, bytes) {
  const { luminance, reddish, yellowish, opacity } = channels(bytes);
  for (let y = 0, at = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1, at += 4) {
      const l = luminance(x, y);
      const p = yellowish(x, y);
      const q = reddish(x, y);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      pixels[at] = 255 * red;
      pixels[at + 1] = 255 * (red - q);
      pixels[at + 2] = 255 * blue;
      pixels[at + 3] = 255 * (opacity ? opacity(x, y) : 1);
    }
  }
}

// The four channels of a hash, each a function of a place. The head has their means and scales, the
// rest four bits for each wave.
function channels(bytes) {
  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const shape = bytes[3] | (bytes[4] << 8);
  const hasAlpha = head >> 23;
  const isWide = shape >> 15;
  const most = hasAlpha ? 5 : 7;
  const across = Math.max(3, isWide ? most : shape & 7);
  const down = Math.max(3, isWide ? shape & 7 : most);
  let nibble = hasAlpha ? 12 : 10;
  const next = () => {
    const byte = bytes[nibble >> 1];
    nibble += 1;
    return ((nibble & 1 ? byte & 15 : byte >> 4) / 7.5) - 1;
  };
  const channel = (mean, scale, columns, rows) => waves(mean, scale, columns, rows, next);
  const luminance = channel((head & 63) / 63, ((head >> 18) & 31) / 31, across, down);
  const yellowish = channel(((head >> 6) & 63) / 31.5 - 1, (((shape >> 3) & 63) / 63) * 1.25, 3, 3);
  const reddish = channel(((head >> 12) & 63) / 31.5 - 1, (((shape >> 9) & 63) / 63) * 1.25, 3, 3);
  const opacity = hasAlpha && channel((bytes[5] & 15) / 15, (bytes[5] >> 4) / 15, 5, 5);
  return { luminance, reddish, yellowish, opacity };
}

// A channel: its mean and the waves of a triangle of frequencies.
function waves(mean, scale, columns, rows, next) {
  const found = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = row ? 0 : 1; column * rows < columns * (rows - row); column += 1) {
      found.push([WAVES[column], WAVES[row], 2 * scale * next()]);
    }
  }
  return (x, y) => {
    let sum = mean;
    for (const [across, down, height] of found) sum += height * across[x] * down[y];
    return sum;
  };
}
