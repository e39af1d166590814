// A file that effnet wrote, in onnxruntime-node; `align` says to what its channels are padded.

import { createModel } from "effnet";
import { exportOnnx } from "effnet/onnx";
import ort from "onnxruntime-node";
import { checkLogits, goldenCase } from "../golden.mjs";

export async function open(row) {
  const { weights, input, logits } = goldenCase(row);
  const model = await createModel(row.network, { weights });
  const bytes = await exportOnnx(model, { align: row.align });
  await model.dispose();

  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: row.threads });
  const [, height, width, channels] = input.shape;
  const pixels = height * width;
  const picture = Float32Array.from(input.data, (_, i) => input.data[(i % pixels) * channels + Math.floor(i / pixels)]);
  const x = new Float32Array(row.batch * picture.length);
  for (let n = 0; n < row.batch; n++) x.set(picture, n * picture.length);
  const feeds = { input: new ort.Tensor("float32", x, [row.batch, channels, height, width]) };

  const { data, dims } = (await session.run(feeds)).logits;
  for (let n = 0; n < row.batch; n++) checkLogits(data.subarray(n * dims[1], (n + 1) * dims[1]), logits);
  return { version: ort.env.versions.node, run: () => session.run(feeds) };
}
