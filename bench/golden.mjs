// A golden case: the weights and the input of test/golden/formula.ts, and the logits that timm gives for them.

import { readFileSync } from "node:fs";
import { architectureOf, tensorSpecs } from "effnet/architecture";
import { transformSync } from "esbuild";

const { formulaEntry, formulaInput } = await typescript("../test/golden/formula.ts");

/** @returns weights (a state dict), one picture's input `[1, h, w, 3]`, and its logits */
export function goldenCase({ network, golden }) {
  const { seed, varianceExponents, inputShape, logits_float64 } = JSON.parse(
    readFileSync(new URL(`../test/golden/models/${golden}`, import.meta.url), "utf8"),
  );
  const specs = tensorSpecs(architectureOf(network));
  const weights = new Map(specs.map(({ name, shape }) => [name, formulaEntry(seed, name, shape, varianceExponents)]));
  const shape = [1, ...inputShape.slice(1)];
  const size = shape.reduce((all, side) => all * side, 1);
  const input = { shape, data: formulaInput(seed, inputShape).data.slice(0, size) };
  return { weights, input, logits: logits_float64[0] };
}

/** Throws unless every logit is within 1e-4 of the largest. */
export function checkLogits(logits, expected) {
  const largest = Math.max(...expected.map(Math.abs));
  for (const [i, value] of expected.entries()) {
    if (!(Math.abs(logits[i] - value) <= 1e-4 * largest)) throw new Error(`effnet: logit ${i} is ${logits[i]}`);
  }
}

/** Imports a file of types and functions; Node 20 does not strip types by itself. */
function typescript(path) {
  const { code } = transformSync(readFileSync(new URL(path, import.meta.url), "utf8"), { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
