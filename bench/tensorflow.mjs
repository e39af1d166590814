// TensorFlow.js from its parts, bundled into .cache/bench/: core's build for Node registers no gradients, and the files that
// do are written for bundlers. The whole package would bring 300 MB of backends that nothing here calls.

import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const PARTS = `
  export * from "@tensorflow/tfjs-core";
  import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
  import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
  import "@tensorflow/tfjs-backend-cpu";
`;

/** The library, with gradients, chained ops and the cpu backend. */
export async function tensorflow() {
  const outfile = fileURLToPath(new URL("../.cache/bench/tensorflow.cjs", import.meta.url));
  buildSync({
    stdin: { contents: PARTS, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    format: "cjs",
    platform: "node",
    mainFields: ["module", "main"],
    logLevel: "error",
    outfile,
  });
  return (await import(outfile)).default;
}
