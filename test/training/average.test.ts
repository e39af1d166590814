// The running average's decay against timm's ModelEmaV3.

import { expect, test } from "vitest";
import { averageDecay } from "#effnet/training/average.js";
import { readGolden } from "../backend/training-golden-files.ts";

interface GoldenDecay {
  readonly config: { readonly decay: number; readonly use_warmup?: boolean; readonly update_after_step?: number };
  readonly step: readonly number[];
  readonly decay: readonly number[];
}

const { ema_decay } = readGolden<{ readonly ema_decay: Readonly<Record<string, GoldenDecay>> }>("optimizers");

test.each(Object.entries(ema_decay))("decay %s is timm's", (_, { config, step, decay }) => {
  const recipe = {
    decay: config.decay,
    isWarmedUp: config.use_warmup ?? false,
    after: config.update_after_step ?? 0,
  };
  step.forEach((n, i) => {
    expect(Math.abs(averageDecay(recipe, n) - decay[i])).toBeLessThanOrEqual(1e-12);
  });
});
