// Draws docs/pictures/photos.svg, the README's picture: the example photos with the classes that effnet finds in them.
//   npm run build && node scripts/readme-picture.mjs WEIGHTS        of tf_efficientnetv2_b0

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createModel } from "effnet";
import sharp from "sharp";

const PHOTOS = ["cat.jpg", "espresso.jpg", "rocket.jpg"];
const SIDE = 224; // of a photo, as drawn
const GAP = 24;
const ROW = 26; // height of a class
const CLASSES = 3;

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const model = await createModel("tf_efficientnetv2_b0", { weights: process.argv[2] });
const columns = [];
for (const [at, name] of PHOTOS.entries()) {
  const predictions = await model.classify(file(`examples/pictures/${name}`), { topK: CLASSES, testSize: true });
  columns.push(column(GAP + at * (SIDE + GAP), await thumbnail(name), predictions));
}
await model.dispose();

const [width, height] = [GAP + PHOTOS.length * (SIDE + GAP), GAP + SIDE + 12 + CLASSES * ROW + 12];
mkdirSync(file("docs/pictures"), { recursive: true });
writeFileSync(
  file("docs/pictures/photos.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">
<title>Three photos and their most probable classes</title>
<rect width="${width}" height="${height}" rx="8" fill="#fff"/>
${columns.join("\n")}
</svg>
`,
);

/** The photo's middle square, small. Only for looking at: the network gets the whole file. */
async function thumbnail(name) {
  const bytes = await sharp(file(`examples/pictures/${name}`))
    .resize(SIDE, SIDE)
    .jpeg({ quality: 72 })
    .toBuffer();
  return bytes.toString("base64");
}

function column(left, photo, predictions) {
  const top = GAP + SIDE + 12;
  const rows = predictions.map(({ label, probability }, at) => {
    const y = top + at * ROW;
    return `<rect x="${left}" y="${y}" width="${SIDE}" height="20" rx="3" fill="#eef2f6"/>
<rect x="${left}" y="${y}" width="${(SIDE * probability).toFixed(1)}" height="20" rx="3" fill="#9cc9ef"/>
<text x="${left + 6}" y="${y + 14.5}" fill="#10202e">${escaped(label)}</text>
<text x="${left + SIDE - 6}" y="${y + 14.5}" fill="#10202e" text-anchor="end">${(100 * probability).toFixed(1)} %</text>`;
  });
  return `<image x="${left}" y="${GAP}" width="${SIDE}" height="${SIDE}" href="data:image/jpeg;base64,${photo}"/>
${rows.join("\n")}`;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
