// From the sum of a network's layers to its whole time: what the caller waits for beside them, and how far the sum is off.

/** One network, measured as a whole. */
export interface FittedNetwork {
  readonly name: string;
  /** The table's sum over its layers, ms. */
  readonly sumMs: number;
  /** From the caller's thread and back, ms. */
  readonly measuredMs: number;
  /** Predicted ÷ measured − 1. */
  readonly error: number;
}

/** t = fixedMs + factor · sum. */
export interface LatencyFit {
  readonly fixedMs: number;
  readonly factor: number;
  readonly networks: readonly FittedNetwork[];
}

/** A fit that is farther off than this for any of its networks predicts nothing. */
export const WORST_ERROR = 0.1;

/**
 * Least squares of the relative errors, with fixedMs ≥ 0: the way to the workers and back takes time, never gives it.
 * @param networks two or more, not all of one sum
 */
export function fitted(networks: readonly Omit<FittedNetwork, "error">[]): LatencyFit {
  return withErrors(networks, constrained(networks));
}

/** The fit of these numbers, and how far it is off. */
export function withErrors(
  networks: readonly Omit<FittedNetwork, "error">[],
  { fixedMs, factor }: Pick<LatencyFit, "fixedMs" | "factor">,
): LatencyFit {
  const errors = networks.map(({ name, sumMs, measuredMs }) => {
    return { name, sumMs, measuredMs, error: (fixedMs + factor * sumMs) / measuredMs - 1 };
  });
  return { fixedMs, factor, networks: errors };
}

/** Of the largest magnitude. */
export function worstError({ networks }: LatencyFit): number {
  return Math.max(...networks.map(({ error }) => Math.abs(error)));
}

type Measured = Pick<FittedNetwork, "sumMs" | "measuredMs">;

/** Minimises Σ ((a + b·s)/t − 1)²: the normal equations in u = 1/t and v = s/t. */
function constrained(networks: readonly Measured[]): { fixedMs: number; factor: number } {
  let [uu, uv, vv, u, v] = [0, 0, 0, 0, 0];
  for (const { sumMs, measuredMs } of networks) {
    const [inverse, ratio] = [1 / measuredMs, sumMs / measuredMs];
    uu += inverse * inverse;
    uv += inverse * ratio;
    vv += ratio * ratio;
    u += inverse;
    v += ratio;
  }
  const determinant = uu * vv - uv * uv;
  const fixedMs = (u * vv - v * uv) / determinant;
  if (determinant > 0 && fixedMs >= 0) return { fixedMs, factor: (v * uu - u * uv) / determinant };
  return { fixedMs: 0, factor: v / vv };
}
