// Makes a thumb of a file as often as each line on stdin says, and answers with a line.
// sharp_thumb.cjs FILE OUTPUT detailed|fast. fast is sharp's default: it decodes fewer pixels.
const fs = require("node:fs");
const readline = require("node:readline");
const sharp = require("sharp");

sharp.concurrency(1);
sharp.cache(false);
const [file, output, detail] = process.argv.slice(2);
const content = fs.readFileSync(file);

const thumb = () =>
  sharp(content)
    .autoOrient()
    .resize(320, 320, { fit: "inside", withoutEnlargement: true, fastShrinkOnLoad: detail === "fast" })
    .webp({ quality: 80, effort: 4 })
    .toBuffer();

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    for (let left = Number(line); left > 0; left--) fs.writeFileSync(output, await thumb());
    console.log("done");
  }
}
main();
