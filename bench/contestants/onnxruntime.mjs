// Both builds of onnxruntime on the same file and input; each checks three published logits before it is believed.

import { readFileSync } from "node:fs";
import { fill } from "../../../shared/peers/fill.mjs";

/** @param sessionOptions how this build is told its number of threads */
export async function openWith(ort, version, row, sessionOptions) {
  const skeleton = readFileSync(new URL(`../../../shared/peers/${row.network}.onnx`, import.meta.url));
  const session = await ort.InferenceSession.create(fill(skeleton), sessionOptions(row.threads));
  const picture = 3 * row.side * row.side;
  const x = Float32Array.from({ length: row.batch * picture }, (_, i) => 2 * Math.sin(12.9898 * (i % picture)));
  const feeds = { input: new ort.Tensor("float32", x, [row.batch, 3, row.side, row.side]) };
  const { logits } = await session.run(feeds);
  row.peerLogits.forEach((expected, i) => {
    if (!(Math.abs(logits.data[i] - expected) <= 1e-4)) throw new Error(`onnxruntime: logit ${i} is ${logits.data[i]}`);
  });
  return { version, run: () => session.run(feeds) };
}
