// What one would write on onnxruntime-node and sharp: node jobs/rival.mjs NETWORK.onnx PICTURE-OR-FOLDER ANSWERS.json
// Resize the shorter side to 272, bicubic, cut 240 × 240 from the middle, normalise, run, write the five best classes.
// Pictures are decoded ahead while the network runs, as many at a time as sharp has threads to fill.

import { readdirSync, statSync, writeFileSync } from "node:fs";
import ort from "onnxruntime-node";
import sharp from "sharp";

const [network, pictures, answers] = process.argv.slice(2);
const [SIDE, RESIZED, AHEAD] = [240, 272, 8];
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

const files = statSync(pictures).isDirectory()
  ? readdirSync(pictures).map((name) => `${pictures}/${name}`)
  : [pictures];
const waiting = files.slice(0, AHEAD).map(prepare);
const session = await ort.InferenceSession.create(network);
const results = [];
for (const [i, file] of files.entries()) {
  const input = new ort.Tensor("float32", await waiting.shift(), [1, 3, SIDE, SIDE]);
  if (i + AHEAD < files.length) waiting.push(prepare(files[i + AHEAD]));
  const { logits } = await session.run({ input });
  results.push({ file, predictions: best(logits.data) });
}
writeFileSync(answers, JSON.stringify(results));

async function prepare(file) {
  const margin = (RESIZED - SIDE) / 2;
  const pixels = await sharp(file)
    .resize(RESIZED, RESIZED, { fit: "cover", kernel: "cubic" })
    .extract({ left: margin, top: margin, width: SIDE, height: SIDE })
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer();
  const area = SIDE * SIDE;
  const x = new Float32Array(3 * area); // [3, h, w]
  for (let c = 0; c < 3; c++) {
    const [scale, shift] = [1 / 255 / STD[c], MEAN[c] / STD[c]];
    for (let i = 0; i < area; i++) x[c * area + i] = pixels[3 * i + c] * scale - shift;
  }
  return x;
}

function best(logits) {
  const largest = Math.max(...logits);
  const exps = Array.from(logits, (value) => Math.exp(value - largest));
  const total = exps.reduce((all, value) => all + value, 0);
  return exps
    .map((value, index) => ({ index, probability: value / total }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 5);
}
