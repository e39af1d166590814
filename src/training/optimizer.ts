// Optimizers by timm's names, with the defaults of timm's recipes. The formulas stand in backend/trainer.ts.

import type { Optimizer } from "../backend/trainer.ts";
import { nearest, UsageError } from "../errors.ts";

const MOMENTUM = 0.9; // timm's train.py
const ADAM = { rule: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const; // torch's
const SGD = { rule: "sgd", momentum: MOMENTUM, isNesterov: true, isDecoupled: false } as const;

const OPTIMIZERS = {
  sgd: SGD,
  momentum: { ...SGD, isNesterov: false },
  sgdw: { ...SGD, isDecoupled: true },
  adam: { ...ADAM, isDecoupled: false },
  adamw: { ...ADAM, isDecoupled: true },
  rmsproptf: {
    rule: "rmsproptf",
    decay: 0.9,
    epsilon: 1e-3, // the recipes'; timm's default is 1e-10
    momentum: MOMENTUM,
    isCentered: false,
    isDecoupled: false,
    isRateInMomentum: true,
  },
} as const satisfies Readonly<Record<string, Optimizer>>;

/** `sgd` has Nesterov momentum, `momentum` plain; a `w` at the end means decay that is no part of the gradient. */
export type OptimizerName = keyof typeof OPTIMIZERS;

/** @throws UsageError for a name that is none */
export function optimizerNamed(name: string): Optimizer {
  if (Object.hasOwn(OPTIMIZERS, name)) return OPTIMIZERS[name as OptimizerName];
  const names = Object.keys(OPTIMIZERS);
  const suggested = nearest(name, names);
  const instead = suggested === undefined ? "" : ` Did you mean ${suggested}?`;
  throw new UsageError("optimizer", `expected ${names.join(", ")}, got ${name}.${instead}`);
}
