// What an op's loop is given, and the index arithmetic of windows that two of them share.

import type { TrainingOpName, TrainingOpOf } from "../../graph/training-ops.ts";
import type { Numbers } from "../parameters.ts";

/** Fills `y`, which is zeros of the right shape. `read` finds a value or parameter by name. */
export type Loop<Name extends TrainingOpName> = (
  op: TrainingOpOf<Name>,
  read: (name: string) => Numbers,
  y: Numbers,
) => void;

/** The taps k, 0 ≤ k < kernel, whose pixel first + k lies inside 0 … size − 1; the others read zeros of the padding. */
export function tapsInside(first: number, kernel: number, size: number): [from: number, to: number] {
  return [Math.max(0, -first), Math.min(kernel, size - first)];
}
