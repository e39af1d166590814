// How fast the running average of the weights forgets, as timm's ModelEmaV3. Running statistics are averaged, too.

export interface AverageRecipe {
  /** average ← average + (1 − decay)·(weight − average) */
  readonly decay: number;
  /** Begins with small decays: 1 − (1 + s)^(−2/3) after s updates, up to `decay`. */
  readonly isWarmedUp: boolean;
  /** Updates before the first that is averaged; until then the average is a copy. */
  readonly after: number;
}

const WARMUP_POWER = 2 / 3; // timm's default

/** The decay of update n, counted from 1. The first copies. */
export function averageDecay({ decay, isWarmedUp, after }: AverageRecipe, n: number): number {
  const s = Math.max(0, n - after - 1);
  if (s === 0) return 0;
  return isWarmedUp ? Math.min(decay, 1 - (1 + s) ** -WARMUP_POWER) : decay;
}
