// effnet through its public API: `model.forward`, from the caller's thread and back. Weights and input are the golden ones.

import { readFileSync } from "node:fs";
import { createModel } from "effnet";
import { checkLogits, goldenCase } from "../golden.mjs";

export async function open(row) {
  const { weights, input, logits } = goldenCase(row);
  const model = await createModel(row.network, {
    weights,
    threads: row.threads,
    ...(row.mode === "onnx" ? { backend: "onnx" } : row.mode === "wide" ? { wide: true } : { mode: row.mode }),
    onWarning: (line) => {
      throw new Error(`effnet: ${line}`); // a fall-back is not what the row is called
    },
  });
  const per = input.data.length;
  const x = { shape: [row.batch, ...input.shape.slice(1)], data: new Float32Array(row.batch * per) };
  for (let n = 0; n < row.batch; n++) x.data.set(input.data, n * per);

  const { shape, data } = await model.forward(x);
  for (let n = 0; n < row.batch; n++) checkLogits(data.subarray(n * shape[1], (n + 1) * shape[1]), logits);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return { version, run: () => model.forward(x) };
}
