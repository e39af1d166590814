// test/golden/pruning/taylor.json as the tests read it.

import { golden, type TinyName } from "./tiny.ts";

/** One number a channel unless said otherwise. */
export interface TaylorGroup {
  readonly channels: number;
  /** `[n][c]` */
  readonly derivative: readonly (readonly number[])[];
  readonly score: readonly number[];
  readonly firstHalf: readonly number[];
  readonly secondHalf: readonly number[];
  readonly first: readonly number[];
  readonly fisher: readonly number[];
  readonly feature: readonly number[];
  readonly lossWithout: readonly number[];
  /** One number a width, from 0. */
  readonly curve: readonly number[];
  /** Of expanded groups. */
  readonly energy?: readonly number[];
  /** Not of blocks. */
  readonly kp?: readonly number[];
  readonly l1?: readonly number[];
}

export interface TaylorNetwork {
  readonly logits: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly groups: Readonly<Record<string, TaylorGroup>>;
}

export const taylor = golden<{ readonly networks: Readonly<Record<TinyName, TaylorNetwork>> }>("taylor.json").networks;

/** The largest |got − expected|; fails where one of them is no number or the lengths differ. */
export function apart(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < got.length; i++) {
    const by = Math.abs(got[i] - expected[i]);
    most = by <= most ? most : Number.isNaN(by) ? Number.POSITIVE_INFINITY : by;
  }
  return most;
}
