// Learning rates against timm's, over whole trainings.

import { describe, expect, test } from "vitest";
import { epochsOf, rateAt, type Schedule } from "#effnet/training/schedule.js";
import { readGolden } from "../backend/training-golden-files.ts";

interface GoldenSchedule {
  readonly name: string;
  readonly base_lr: number;
  /** 0: the schedule counts epochs. */
  readonly updates_per_epoch: number;
  readonly sched: "cosine" | "step";
  readonly num_epochs: number;
  readonly warmup_epochs: number;
  readonly warmup_lr?: number;
  readonly warmup_prefix?: boolean;
  readonly min_lr?: number;
  readonly cooldown_epochs?: number;
  readonly cycle_limit?: number;
  readonly cycle_decay?: number;
  readonly cycle_mul?: number;
  readonly k_decay?: number;
  readonly decay_epochs?: number;
  readonly decay_rate?: number;
  readonly total_epochs: number;
  readonly lr: readonly number[];
}

function scheduleOf(golden: GoldenSchedule): Schedule {
  const { warmup_epochs: epochs, warmup_lr: rate = 0, warmup_prefix: isInFront = false } = golden;
  const common = {
    per: golden.updates_per_epoch === 0 ? "epoch" : "update",
    warmup: { epochs, rate, isInFront },
  } as const;
  if (golden.sched === "step") {
    return { kind: "step", ...common, factor: golden.decay_rate as number, everyEpochs: golden.decay_epochs as number };
  }
  return {
    kind: "cosine",
    ...common,
    leastRate: golden.min_lr as number,
    cycles: golden.cycle_limit ?? 1,
    cycleDecay: golden.cycle_decay ?? 1,
    cycleGrowth: golden.cycle_mul ?? 1,
    power: golden.k_decay ?? 1,
    cooldownEpochs: golden.cooldown_epochs ?? 0,
  };
}

describe("schedules are timm's", () => {
  test.each(readGolden<GoldenSchedule[]>("schedules"))("$name", (golden) => {
    const schedule = scheduleOf(golden);
    const updatesPerEpoch = golden.updates_per_epoch || 5;
    const span = { rate: golden.base_lr, epochs: golden.num_epochs, updatesPerEpoch };
    expect(epochsOf(schedule, golden.num_epochs)).toBe(golden.total_epochs);
    for (const [t, expected] of golden.lr.entries()) {
      const at =
        golden.updates_per_epoch === 0
          ? { epoch: t, update: t * updatesPerEpoch + 3 }
          : { epoch: Math.floor(t / updatesPerEpoch), update: t };
      expect(Math.abs(rateAt(schedule, span, at) - expected)).toBeLessThanOrEqual(1e-9 * golden.base_lr);
    }
  });
});

test("a warm-up may be a share of the training", () => {
  const schedule: Schedule = {
    kind: "cosine",
    per: "update",
    leastRate: 0,
    warmup: { share: 0.25, rate: 0, isInFront: false },
  };
  const span = { rate: 1, epochs: 2, updatesPerEpoch: 4 }; // 8 updates, 2 of them warm up
  expect(rateAt(schedule, span, { epoch: 0, update: 0 })).toBe(0);
  expect(rateAt(schedule, span, { epoch: 0, update: 1 })).toBe(0.5);
  expect(rateAt(schedule, span, { epoch: 1, update: 4 })).toBeCloseTo(0.5, 12); // half way down the cosine
});
