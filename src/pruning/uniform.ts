// Every width times the same factor: what a budget gives without any importance. A comparison for the solver.

import type { Architecture } from "../architecture/architecture.ts";
import { type Chain, corner, costsAt, type Point } from "./chain.ts";
import { chainOf, widthsAt } from "./chain-of.ts";
import { groups } from "./groups.ts";
import type { Limit, SolveOptions } from "./problem.ts";
import { unreachable } from "./unreachable.ts";
import { Walk } from "./walk.ts";
import type { Widths } from "./widths.ts";

export interface UniformSolution {
  /** Every group, blocks (1) included. */
  readonly widths: Widths;
  /** The largest at which all widths, each rounded to the nearest allowed one, are within the limits. */
  readonly factor: number;
  /** In the order of the limits. */
  readonly costs: readonly number[];
}

const HALVINGS = 40; // factors are then known to 1e-12

/**
 * The largest factor within the limits; of the widths that would be next to grow, those that still fit do, once each.
 * @throws UsageError where the least widths are beyond a limit
 */
export function uniform(
  a: Architecture,
  size: { readonly height: number; readonly width: number },
  limits: readonly Limit[],
  options: Pick<SolveOptions, "multiple" | "squeezeMultiple" | "minimum" | "freeze"> = {},
): UniformSolution {
  const widths = groups(a).filter(({ kind }) => kind !== "block");
  const values = new Map(widths.map(({ name, width }) => [name, new Float64Array(width + 1)])); // free, worth nothing
  const chain = chainOf(
    a,
    size,
    values,
    limits.map(({ cost }) => cost),
    options,
  );
  const isWithin = (point: Point): boolean => costsAt(chain, point).every((cost, k) => cost <= limits[k].limit);
  refuse(chain, limits);
  let [factor, tooLarge] = isWithin(scaled(chain, 1)) ? [1, 1] : [0, 1];
  for (let halving = 0; factor < tooLarge && halving < HALVINGS; halving++) {
    const middle = (factor + tooLarge) / 2;
    if (isWithin(scaled(chain, middle))) factor = middle;
    else tooLarge = middle;
  }
  const walk = new Walk(
    chain,
    limits.map(({ limit }) => limit),
    scaled(chain, factor),
  );
  for (const { axis, to } of next(chain, walk.point)) walk.take({ axis, to }, { within: true });
  return { widths: widthsAt(a, chain, walk.point), factor, costs: walk.costs };
}

/** Every axis at the allowed width nearest to its factor-th part; of two equally near the narrower. */
function scaled(chain: Chain, factor: number): Point {
  const point = corner(chain, "least");
  chain.axes.forEach(({ widths }, axis) => {
    const wanted = factor * widths[widths.length - 1];
    while (point.at[axis] + 1 < widths.length && nearer(widths, point.at[axis], wanted)) point.at[axis]++;
  });
  return point;
}

function nearer(widths: readonly number[], at: number, wanted: number): boolean {
  return Math.abs(widths[at + 1] - wanted) < Math.abs(widths[at] - wanted);
}

/** The next wider width of every axis, by the factor at which it would come, of equals in order of execution. */
function next({ axes }: Chain, { at }: Point): { axis: number; to: number }[] {
  const steps = axes.flatMap(({ widths }, axis) => {
    const to = at[axis] + 1;
    if (to === widths.length) return [];
    return [{ axis, to, factor: (widths[to] + widths[to - 1]) / 2 / widths[widths.length - 1] }];
  });
  return steps.sort((one, other) => one.factor - other.factor);
}

function refuse(chain: Chain, limits: readonly Limit[]): void {
  const least = costsAt(chain, corner(chain, "least"));
  for (const [k, each] of limits.entries()) if (least[k] > each.limit) throw unreachable(each, least[k]);
}
