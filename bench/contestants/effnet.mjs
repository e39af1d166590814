// effnet through its public API: `model.forward`, from the caller's thread and back. Weights and input are the golden ones.

import { readFileSync } from "node:fs";
import { createModel } from "effnet";
import { formulaEntry, formulaInput } from "../../test/golden/formula.ts"; // Node 24 strips the types

export async function open(row) {
  const golden = JSON.parse(readFileSync(new URL(`../../test/golden/models/${row.golden}`, import.meta.url), "utf8"));
  const plain = await createModel(row.network, { seed: 0 }); // its own numbers only tell names and shapes
  const weights = new Map();
  for (const [name, { shape }] of await plain.stateDict()) {
    weights.set(name, formulaEntry(golden.seed, name, shape, golden.varianceExponents));
  }
  await plain.dispose();
  const model = await createModel(row.network, { weights, threads: row.threads, mode: row.mode ?? "relaxed" });

  const [pictures, height, width, channels] = golden.inputShape;
  const one = formulaInput(golden.seed, golden.inputShape).data;
  const shape = [row.batch, height, width, channels];
  const x = { shape, data: new Float32Array(row.batch * height * width * channels) };
  const per = height * width * channels;
  for (let n = 0; n < row.batch; n++)
    x.data.set(one.subarray((n % pictures) * per, ((n % pictures) + 1) * per), n * per);

  const logits = (await model.forward(x)).data;
  const expected = golden.logits_float64[0];
  const largest = Math.max(...expected.map(Math.abs));
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(logits[i] - expected[i]) <= 1e-4 * largest))
      throw new Error(`effnet: logit ${i} is wrong: ${logits[i]}`);
  }
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return { version: `${version} (${row.mode ?? "relaxed"})`, run: () => model.forward(x) };
}
