// The most value of a chain within its limits: multipliers, bound, fill-up. What `solve` does for a network.

import { type Chain, corner } from "./chain.ts";
import { dual, type Judged, judged } from "./dual.ts";
import { filled } from "./fill.ts";
import { penaliser } from "./penalised.ts";
import { type NamedLimit, unreachable, unreachableTogether } from "./unreachable.ts";

export interface ChainSolution extends Judged {
  /** No choice within the limits is worth more. */
  readonly bound: number;
  /** What a unit more of each limit would be worth. */
  readonly multipliers: readonly number[];
}

/**
 * @param asked one for each price of the chain's layers
 * @param turn lets others run; may throw to end
 * @throws UsageError where the least reachable cost is above a limit; it names what can be reached
 */
export async function solveChain(
  chain: Chain,
  asked: readonly NamedLimit[],
  turn: () => Promise<void> = () => Promise.resolve(),
): Promise<ChainSolution> {
  const limits = asked.map(({ limit }) => limit);
  const best = penaliser(chain);
  const none = limits.map(() => 0);
  const isWithin = ({ costs }: Judged): boolean => costs.every((cost, k) => cost <= limits[k]);
  const full = judged(chain, corner(chain, "full"));
  if (isWithin(full)) {
    const most = judged(chain, best({ value: 1, multipliers: none }));
    return { ...full, bound: Math.max(full.value, most.value), multipliers: none };
  }
  const cheapest = limits.map((_, k) =>
    judged(chain, best({ value: 0, multipliers: limits.map((_, j) => Number(j === k)) })),
  );
  for (const [k, each] of asked.entries()) {
    const least = cheapest[k].costs[k];
    if (least > each.limit) throw unreachable(each, least);
  }
  const together = judged(chain, best({ value: 0, multipliers: limits.map((limit) => 1 / limit) }));
  const { bound, multipliers, met } = await dual(chain, limits, cheapest, best, turn);
  const within = met.filter(isWithin);
  const beyond = met.filter((each) => !isWithin(each));
  const starts = [...within.sort((a, b) => b.value - a.value).slice(0, 1), ...beyond.slice(-2)];
  const from = (list: readonly Judged[]): Promise<Judged | null> =>
    filled(
      chain,
      list.map(({ point }) => point),
      { limits, multipliers, bound, turn },
    );
  const found = (await from(starts)) ?? (await from([together]));
  if (found === null) throw unreachableTogether(asked, together.costs);
  return { ...found, bound: Math.max(bound, found.value), multipliers };
}
