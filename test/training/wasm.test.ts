// Training on the engine: what `reference` does, to float32; the same bits for any number of threads and after a resume.

import { describe, expect, test } from "vitest";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import type { StateDict } from "#effnet/tensor.js";
import type { RecipeOptions } from "#effnet/training/recipe.js";
import { type Report, type TrainingState, train } from "#effnet/training/train.js";
import { ofKind, toyModel, toySource } from "./toy.ts";

const backend = wasmBackend();
const data = {
  train: toySource({ count: 30 }),
  plain: toySource({ count: 30, isWhole: false, batch: 7 }),
  validation: toySource({ count: 15, split: "validation", isWhole: false, batch: 4 }),
};
const TWENTY_STEPS = { epochs: 4, seed: 3, rate: 0.01, dropout: 0.2, dropPath: 0.2 } as const;
const RECIPES: Readonly<Record<string, RecipeOptions>> = {
  "weights that know pictures": TWENTY_STEPS,
  "weights that know nothing": { ...TWENTY_STEPS, start: "scratch" },
  "an average, momentum of RMSpropTF, parts and accumulation": {
    ...{ ...TWENTY_STEPS, start: "scratch", optimizer: "rmsproptf", rate: 0.001, parts: 2, accumulation: 2 },
    average: { decay: 0.9, isWarmedUp: true, after: 0 },
  },
};

/** All reports, and the state after the report that `stop` names or the last. */
async function run(
  threads: number | null,
  recipe: RecipeOptions,
  from?: { state: TrainingState; best: StateDict },
  stop?: number,
): Promise<{ reports: Report[]; state: TrainingState; best: StateDict }> {
  const model = await toyModel(undefined, undefined, threads === null ? {} : { backend, threads });
  const reports: Report[] = [];
  let kept: { state: TrainingState; best: StateDict } | undefined;
  for await (const report of train(model, data, recipe, { resume: from })) {
    reports.push(report);
    if (report.kind !== "start" && (report.kind !== "step" || report.update === stop)) {
      kept = { state: await report.state(), best: await report.best() };
    }
    if (report.kind === "step" && report.update === stop) break;
  }
  await model.dispose();
  return { reports, ...(kept as { state: TrainingState; best: StateDict }) };
}

describe.each(Object.entries(RECIPES))("%s", (_, recipe) => {
  test("20 steps on 1 and 2 threads end with the same bits", async () => {
    const [one, two] = [await run(1, recipe), await run(2, recipe)];
    expect(two.state).toEqual(one.state);
    expect(two.best).toEqual(one.best);
    expect(ofKind(two.reports, "step").map(({ loss }) => loss)).toEqual(
      ofKind(one.reports, "step").map(({ loss }) => loss),
    );
  });

  test("a resumed training ends with the same bits", async () => {
    const whole = await run(2, recipe);
    const begun = await run(2, recipe, undefined, 7);
    const rest = await run(1, recipe, begun);
    expect(rest.state).toEqual(whole.state);
    expect(rest.best).toEqual(whole.best);
  });

  test("losses are those of the reference", async () => {
    const [engine, reference] = [await run(2, recipe), await run(null, recipe)];
    const losses = ({ reports }: { reports: Report[] }): number[] => ofKind(reports, "step").map(({ loss }) => loss);
    const expected = losses(reference);
    losses(engine).forEach((loss, i) => {
      expect(Math.abs(loss - expected[i]), `step ${i + 1}`).toBeLessThanOrEqual(1e-3 * expected[i]); // float32, 20 steps
    });
  });
});
