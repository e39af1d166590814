// Exact batch norm statistics (4.6: 18), whatever the batches and however little is kept, and the shortcut that is not exact.

import { describe, expect, test } from "vitest";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { UsageError } from "#effnet/errors.js";
import type { Model } from "#effnet/model/model.js";
import { recalibrate } from "#effnet/pruning/recalibrate.js";
import type { StateDict } from "#effnet/tensor.js";
import { cutNetwork } from "./cut.ts";
import { apart, exactly, modelOf, sourceOf } from "./sources.ts";
import { golden, tinyPictures } from "./tiny.ts";

interface RecalibrateFile {
  readonly order: readonly string[];
  readonly statistics: Readonly<Record<string, { readonly mean: number[]; readonly variance: number[] }>>;
  readonly logitsBefore: readonly (readonly number[])[];
  readonly logitsAfter: readonly (readonly number[])[];
}

const file = golden<RecalibrateFile>("recalibrate.json");
const pictures = tinyPictures();
const { architecture, stateDict } = cutNetwork("v1", "all");

/** Largest difference of any running statistic from the golden ones. */
function offBy(got: StateDict): number {
  return Math.max(
    ...file.order.flatMap((norm) => {
      const { mean, variance } = file.statistics[norm];
      const of = (role: string): ArrayLike<number> => got.get(`${norm}.${role}`)?.data ?? [];
      return [apart(of("running_mean"), mean), apart(of("running_var"), variance)];
    }),
  );
}

async function offByLogits(model: Model, expected: RecalibrateFile["logitsAfter"]): Promise<number> {
  const { data } = await model.forward(pictures);
  return apart(data, expected.flat());
}

describe("on the reference backend", () => {
  test("statistics and logits are the golden ones, and a second time changes nothing", async () => {
    const model = await modelOf(architecture, exactly(stateDict));
    expect(await offByLogits(model, file.logitsBefore)).toBeLessThanOrEqual(1e-10);
    const first = await recalibrate(model, sourceOf(pictures, [6]));
    expect(offBy(first)).toBeLessThanOrEqual(1e-10);
    expect(await offByLogits(model, file.logitsBefore)).toBeLessThanOrEqual(1e-10); // the model is as it was
    await model.replace(first);
    expect(await offByLogits(model, file.logitsAfter)).toBeLessThanOrEqual(1e-10);
    const second = await recalibrate(model, sourceOf(pictures, [6]));
    for (const [name, { data }] of first) expect(apart(second.get(name)?.data ?? [], data), name).toBeLessThan(1e-12);
    for (const [name, { data }] of stateDict) {
      if (!/running_(mean|var)$/.test(name)) expect([...(first.get(name)?.data ?? [])], name).toEqual([...data]);
    }
  });

  test("batches of 3, 2 and 1 give the bits of one of 6", async () => {
    const model = await modelOf(architecture, exactly(stateDict));
    const whole = await recalibrate(model, sourceOf(pictures, [6]));
    expect(await recalibrate(model, sourceOf(pictures, [3, 2, 1]))).toEqual(whole);
  });

  test.each([0, 6 * 8 * 8 * 16 * 4])(
    "with %i bytes kept between passes the result is the same",
    async (budgetBytes) => {
      const model = await modelOf(architecture, exactly(stateDict));
      const some = await recalibrate(model, sourceOf(pictures, [6]), { budgetBytes });
      expect(offBy(some)).toBeLessThanOrEqual(1e-10);
    },
  );

  test("the approximate way agrees for one batch, but for n / (n − 1), and differs for three", async () => {
    const model = await modelOf(architecture, exactly(stateDict));
    const one = await recalibrate(model, sourceOf(pictures, [6]), { isApproximate: true });
    const n = 6 * 8 * 8; // values a channel of the stem
    const { mean, variance } = file.statistics["bn1"];
    expect(apart(one.get("bn1.running_mean")?.data ?? [], mean)).toBeLessThan(1e-10);
    const biased = Array.from(one.get("bn1.running_var")?.data ?? [], (value) => (value * (n - 1)) / n);
    expect(apart(biased, variance)).toBeLessThan(1e-10);
    expect(offBy(await recalibrate(model, sourceOf(pictures, [2]), { isApproximate: true }))).toBeGreaterThan(1e-3);
  });

  test("no picture is refused, and an abort leaves the model as it was", async () => {
    const model = await modelOf(architecture, exactly(stateDict));
    const none = { ...sourceOf(pictures, [6]), size: undefined, epoch: async function* () {} };
    await expect(recalibrate(model, none)).rejects.toThrow(UsageError);
    const abort = new AbortController();
    const onProgress = ({ done }: { done: number }): void => {
      if (done === 3) abort.abort(new Error("enough"));
    };
    const aborted = recalibrate(model, sourceOf(pictures, [6]), { signal: abort.signal, onProgress });
    await expect(aborted).rejects.toThrow("enough");
    expect(await offByLogits(model, file.logitsBefore)).toBeLessThanOrEqual(1e-10);
  });
});

describe("on the engine", () => {
  test("the same to float32, and the same bits for any threads and batches", async () => {
    const run = async (threads: number, sizes: readonly number[], budgetBytes?: number): Promise<StateDict> => {
      const model = await modelOf(architecture, stateDict, { backend: wasmBackend(), threads });
      try {
        return await recalibrate(model, sourceOf(pictures, sizes), { budgetBytes });
      } finally {
        await model.dispose();
      }
    };
    const one = await run(1, [6]);
    expect(offBy(one)).toBeLessThan(2e-5); // float32 maps through 18 norms
    expect(await run(2, [1, 3])).toEqual(one);
    const approximate = await modelOf(architecture, stateDict, { backend: wasmBackend(), threads: 2 });
    const averaged = await recalibrate(approximate, sourceOf(pictures, [6]), { isApproximate: true });
    expect(apart(averaged.get("bn1.running_mean")?.data ?? [], file.statistics["bn1"].mean)).toBeLessThan(1e-5);
    await approximate.dispose();
  });
});
