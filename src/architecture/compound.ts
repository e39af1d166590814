// Compound scaling (Tan & Le 2019, eq. 3): depth α^φ, width β^φ, resolution γ^φ, with α·β²·γ² ≈ 2.
// Forward (coefficients of φ), the paper's grid search for α, β, γ, and the reverse: the largest φ within a budget.

import { UsageError } from "../errors.ts";
import type { Architecture } from "./architecture.ts";
import { cost } from "./cost.ts";
import { layers } from "./layers.ts";
import type { Row } from "./rows.ts";
import { scale } from "./scale.ts";

/** Bases of the three exponentials: `alpha` depth, `beta` width, `gamma` resolution. */
export interface Ratios {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** The paper's, found by its grid search at φ = 1 on B0; α·β²·γ² = 1.9203. */
export const PAPER_RATIOS: Ratios = { alpha: 1.2, beta: 1.1, gamma: 1.15 };

/** B0's input size in pixels, the base of γ^φ. */
const BASE_SIZE = 224;

/** Multipliers of width and depth, and the input size in pixels. */
export interface Coefficients {
  readonly width: number;
  readonly depth: number;
  readonly size: number;
}

/** A network scaled from a row, and what it costs at `size` × `size`. */
export interface ScaledNetwork {
  readonly architecture: Architecture;
  /** Input height and width in pixels. */
  readonly size: number;
  readonly parameters: number;
  readonly macs: number;
}

/** One candidate of the grid search; `product` is α·β²·γ², `score` what the caller gave its network. */
export interface Candidate extends Ratios, ScaledNetwork {
  readonly product: number;
  readonly score: number;
}

/**
 * Width β^φ, depth α^φ and size ⌊size·γ^φ + ½⌋. The published B1…B8 are hand-rounded and not on this curve.
 * @param phi ≥ 0; 0 is the base itself
 * @throws UsageError for a φ that is negative or not finite
 */
export function coefficients(
  phi: number,
  { ratios = PAPER_RATIOS, size = BASE_SIZE }: { readonly ratios?: Ratios; readonly size?: number } = {},
): Coefficients {
  if (!(phi >= 0 && Number.isFinite(phi))) throw new UsageError("phi", `expected a number ≥ 0, got ${phi}.`);
  return {
    width: ratios.beta ** phi,
    depth: ratios.alpha ** phi,
    size: Math.floor(size * ratios.gamma ** phi + 0.5),
  };
}

/** Steps of the grid: α, β, γ are twentieths, 20/20 to 40/20, so that every product is an exact integer. */
const STEPS = 20;
const STEPS_5 = STEPS ** 5;

/**
 * All (α, β, γ) in steps of 0.05 from 1 to 2 with |α·β²·γ² − limit| < tolerance, in exact integer arithmetic.
 * The paper's limit 2 with tolerance 0.1 gives 108; (1.9, 1, 1) lies on the boundary and is out.
 * @param limit how many times as much the network may cost when φ grows by one
 * @throws UsageError for a limit below 1 or a tolerance that is not positive
 */
export function gridRatios({
  limit = 2,
  tolerance = 0.1,
}: {
  readonly limit?: number;
  readonly tolerance?: number;
} = {}): (Ratios & { readonly product: number })[] {
  if (!(limit >= 1)) throw new UsageError("limit", `expected a number ≥ 1, got ${limit}.`);
  if (!(tolerance > 0)) throw new UsageError("tolerance", `expected a number > 0, got ${tolerance}.`);
  const target = Math.round(limit * STEPS_5);
  const reach = Math.round(tolerance * STEPS_5);
  const found: (Ratios & { product: number })[] = [];
  for (let a = STEPS; a <= 2 * STEPS; a++) {
    for (let b = STEPS; b <= 2 * STEPS; b++) {
      for (let c = STEPS; c <= 2 * STEPS; c++) {
        const product = a * b * b * c * c;
        if (Math.abs(product - target) >= reach) continue;
        found.push({ alpha: a / STEPS, beta: b / STEPS, gamma: c / STEPS, product: product / STEPS_5 });
      }
    }
  }
  return found;
}

/**
 * The paper's grid search at φ: every candidate of `gridRatios` with its network, cost and score, best score first
 * (equal scores keep the grid's order). Candidates that round to the same network at the same size are scored once.
 * @param row the base, B0 in the paper
 * @param score what a network is worth, e.g. its accuracy after a short training; higher is better
 * @throws UsageError for options out of range, or a score that is not a number
 */
export async function gridSearch(
  row: Row,
  score: (network: ScaledNetwork) => number | Promise<number>,
  {
    phi = 1,
    size = BASE_SIZE,
    ...grid
  }: {
    readonly phi?: number;
    readonly limit?: number;
    readonly tolerance?: number;
    readonly size?: number;
  } = {},
): Promise<Candidate[]> {
  const scored = new Map<string, ScaledNetwork & { readonly score: number }>();
  const candidates: Candidate[] = [];
  for (const { product, ...ratios } of gridRatios(grid)) {
    const by = coefficients(phi, { ratios, size });
    const architecture = scale(row, by);
    const key = `${by.size} ${JSON.stringify({ ...architecture, name: "" })}`;
    let network = scored.get(key);
    if (network === undefined) {
      const fresh = priced(architecture, by.size);
      network = { ...fresh, score: await score(fresh) };
      if (Number.isNaN(network.score)) throw new UsageError("score", "expected a number, got NaN.");
      scored.set(key, network);
    }
    candidates.push({ ...ratios, product, ...network });
  }
  return candidates.sort((x, y) => y.score - x.score);
}

/** The grid of φ for `largestPhi`: k/100, 0 ≤ k ≤ 800. */
const PHI_STEPS = 100;
const PHI_MOST = 8;

/**
 * The largest φ on the grid k/100, 0 ≤ φ ≤ 8, whose network stays within every limit given. Cost never falls as φ
 * grows, but it is a step function, so the answer is often well below the limit.
 * @param budget at most so many multiply-accumulates of one picture at its size, and parameters
 * @throws UsageError if no limit is given, or the row itself is above one
 */
export function largestPhi(
  row: Row,
  budget: { readonly macs?: number; readonly parameters?: number },
  options: { readonly ratios?: Ratios; readonly size?: number } = {},
): Coefficients & ScaledNetwork & { readonly phi: number } {
  const { macs = Number.POSITIVE_INFINITY, parameters = Number.POSITIVE_INFINITY } = budget;
  if (macs === Number.POSITIVE_INFINITY && parameters === Number.POSITIVE_INFINITY) {
    throw new UsageError("budget", "expected macs or parameters, got neither.");
  }
  const at = (k: number) => {
    const by = coefficients(k / PHI_STEPS, options);
    return { phi: k / PHI_STEPS, ...by, ...priced(scale(row, by), by.size) };
  };
  const fits = (network: ScaledNetwork) => network.macs <= macs && network.parameters <= parameters;
  let best = at(0);
  if (!fits(best)) {
    const [option, limit, least] =
      best.macs <= macs ? ["parameters", parameters, best.parameters] : ["macs", macs, best.macs];
    throw new UsageError(`${option}`, `expected at least ${least}, what ${row.name} itself takes, got ${limit}.`);
  }
  let [low, high] = [0, PHI_MOST * PHI_STEPS];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const network = at(middle);
    if (fits(network)) [low, best] = [middle, network];
    else high = middle - 1;
  }
  return best;
}

/**
 * As `largestPhi`, for a cost that takes time to find out, such as milliseconds. It goes up in doubling steps until the
 * limit is passed, then halves, so that nothing far above the limit is asked about; noise may cost it the largest.
 * @param costOf of a network at its size; should not fall as φ grows
 * @returns the largest φ met whose cost is at most `limit`
 * @throws UsageError if the row itself costs more
 */
export async function largestPhiWithin(
  row: Row,
  costOf: (network: ScaledNetwork) => Promise<number>,
  limit: number,
  { what, ...options }: { readonly what: string; readonly ratios?: Ratios; readonly size?: number },
): Promise<Coefficients & ScaledNetwork & { readonly phi: number; readonly cost: number }> {
  const at = async (k: number) => {
    const by = coefficients(k / PHI_STEPS, options);
    const network = { phi: k / PHI_STEPS, ...by, ...priced(scale(row, by), by.size) };
    return { ...network, cost: await costOf(network) };
  };
  let best = await at(0);
  if (best.cost > limit) {
    throw new UsageError(what, `expected at least ${best.cost.toPrecision(3)}, what ${row.name} takes, got ${limit}.`);
  }
  const most = PHI_MOST * PHI_STEPS;
  let [low, high] = [0, most + 1];
  let step = FIRST_STEP;
  while (high - low > 1) {
    const isBracketed = high <= most;
    const k = isBracketed ? Math.floor((low + high) / 2) : Math.min(low + step, most);
    const network = await at(k);
    if (network.cost <= limit) [low, best] = [k, network];
    else high = k;
    step *= 2;
  }
  return best;
}

const FIRST_STEP = 25;

/** `architecture` with its cost at `size` × `size`. */
function priced(architecture: Architecture, size: number): ScaledNetwork {
  const { parameters, macs } = cost(layers(architecture, { height: size, width: size }));
  return { architecture, size, parameters, macs };
}
