// Pictures made here: BMP files, which need no compression. Each differs from the others.
const { randomBytes } = require("node:crypto");

// A plain picture with one random pixel.
function bitmap(width = 64, height = 48, color = [180, 140, 60]) {
    const row = Buffer.alloc(rowBytes(width));
    for (let at = 0; at < width * 3; at++) row[at] = color[at % 3];
    const pixels = Buffer.concat(Array(height).fill(row));
    randomBytes(3).copy(pixels);
    return file(width, height, pixels);
}

// Random pixels: 9 million bytes by default.
function noise(width = 2000, height = 1500) {
    return file(width, height, randomBytes(rowBytes(width) * height));
}

// The bytes of a row: three a pixel, filled up to a multiple of four.
function rowBytes(width) {
    return Math.ceil((width * 3) / 4) * 4;
}

function file(width, height, pixels) {
    const head = Buffer.alloc(54);
    head.write("BM");
    for (const [at, value] of [
        [2, 54 + pixels.length],
        [10, 54],
        [14, 40],
        [18, width],
        [22, height],
    ])
        head.writeUInt32LE(value, at);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(24, 28);
    return Buffer.concat([head, pixels]);
}

module.exports = { bitmap, noise };
