// One update of one parameter, element by element: p, its gradient g, and the slots b, m and v of `trainer.ts`'s formulas.

import type { Optimizer, Slot } from "../trainer.ts";

/** A parameter that learns, with what belongs to it. All are written to; slots that the rule lacks are empty. */
export interface Learning {
  readonly p: Float64Array;
  readonly g: Float64Array;
  readonly slots: Readonly<Record<Slot, Float64Array>>;
}

export interface Pace {
  readonly rate: number;
  readonly weightDecay: number;
  /** t, from 1. */
  readonly step: number;
}

export function optimize(optimizer: Optimizer, learning: Learning, pace: Pace): void {
  const { p, g } = learning;
  const { rate, weightDecay } = pace;
  for (let i = 0; i < p.length; i++) {
    if (optimizer.isDecoupled) p[i] *= 1 - rate * weightDecay;
    else g[i] += weightDecay * p[i];
  }
  (rules[optimizer.rule] as Rule<Optimizer>)(optimizer, learning, pace);
}

type Rule<O extends Optimizer> = (optimizer: O, learning: Learning, pace: Pace) => void;

const rules: { readonly [Name in Optimizer["rule"]]: Rule<Extract<Optimizer, { rule: Name }>> } = {
  sgd: ({ momentum, isNesterov }, { p, g, slots: { momentum: b } }, { rate }) => {
    for (let i = 0; i < p.length; i++) {
      if (momentum !== 0) b[i] = momentum * b[i] + g[i];
      const direction = isNesterov ? g[i] + momentum * b[i] : b[i];
      p[i] -= rate * (momentum === 0 ? g[i] : direction);
    }
  },

  adam: ({ beta1, beta2, epsilon }, { p, g, slots: { firstMoment: m, secondMoment: v } }, { rate, step }) => {
    const bias1 = 1 - beta1 ** step;
    const bias2 = Math.sqrt(1 - beta2 ** step);
    for (let i = 0; i < p.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      p[i] -= ((rate / bias1) * m[i]) / (Math.sqrt(v[i]) / bias2 + epsilon);
    }
  },

  rmsproptf: (optimizer, { p, g, slots: { momentum: b, firstMoment: m, secondMoment: v } }, { rate }) => {
    const { decay, epsilon, momentum, isCentered, isRateInMomentum } = optimizer;
    for (let i = 0; i < p.length; i++) {
      v[i] += (1 - decay) * (g[i] * g[i] - v[i]);
      if (isCentered) m[i] += (1 - decay) * (g[i] - m[i]);
      const step = g[i] / Math.sqrt((isCentered ? v[i] - m[i] * m[i] : v[i]) + epsilon);
      if (momentum === 0) {
        p[i] -= rate * step;
      } else {
        b[i] = momentum * b[i] + (isRateInMomentum ? rate : 1) * step;
        p[i] -= isRateInMomentum ? b[i] : rate * b[i];
      }
    }
  },
};
