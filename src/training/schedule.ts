// Learning rates over time, as timm's schedulers give them. t counts epochs or updates from 0; the rate of t is used for
// epoch or update t, so that a schedule per epoch spends its whole first epoch at the warm-up's rate.

/** Rises in a line from `rate` to the highest rate, over so many epochs or that share of them all. */
export interface Warmup {
  readonly epochs?: number;
  readonly share?: number;
  readonly rate: number;
  /** timm's `warmup_prefix`: the schedule begins after the warm-up, and the training is that much longer. */
  readonly isInFront: boolean;
}

interface Common {
  /** What t counts. */
  readonly per: "update" | "epoch";
  readonly warmup: Warmup;
}

/** least + ½ (highest·decay^i − least)(1 + cos(π·(τ / T)^power)), τ the time within cycle i, T the cycle's length. */
export interface Cosine extends Common {
  readonly kind: "cosine";
  readonly leastRate: number;
  /** After these the rate is the least. Default 1. */
  readonly cycles?: number;
  /** Highest rate of a cycle ÷ that of the cycle before. Default 1. */
  readonly cycleDecay?: number;
  /** Length of a cycle ÷ that of the cycle before. Default 1. */
  readonly cycleGrowth?: number;
  /** timm's `k_decay`. Default 1. */
  readonly power?: number;
  /** Epochs at the least rate after the last cycle. Default 0. */
  readonly cooldownEpochs?: number;
}

/** highest · factor^⌊t / every⌋ */
export interface Steps extends Common {
  readonly kind: "step";
  readonly factor: number;
  /** May be a fraction. */
  readonly everyEpochs: number;
}

export type Schedule = Cosine | Steps;

export interface Span {
  /** The highest rate. */
  readonly rate: number;
  /** Of the first cycle; what comes in front or after is not counted. */
  readonly epochs: number;
  readonly updatesPerEpoch: number;
}

/** Epochs that a training takes: cycles, a warm-up in front, cooldown. */
export function epochsOf(schedule: Schedule, epochs: number): number {
  const front = schedule.warmup.isInFront ? Math.ceil(warmupEpochs(schedule, epochs)) : 0;
  if (schedule.kind === "step") return epochs + front;
  const { cycles = 1, cycleGrowth = 1, cooldownEpochs = 0 } = schedule;
  const cycled =
    cycleGrowth === 1 ? epochs * cycles : Math.floor((epochs * (cycleGrowth ** cycles - 1)) / (cycleGrowth - 1));
  return cycled + front + cooldownEpochs;
}

/** The rate of an update, both counted from 0. */
export function rateAt(
  schedule: Schedule,
  span: Span,
  at: { readonly epoch: number; readonly update: number },
): number {
  const unit = schedule.per === "epoch" ? 1 : span.updatesPerEpoch;
  const warmup = warmupEpochs(schedule, span.epochs) * unit;
  const t = schedule.per === "epoch" ? at.epoch : at.update;
  if (t < warmup) return schedule.warmup.rate + (t * (span.rate - schedule.warmup.rate)) / warmup;
  const after = schedule.warmup.isInFront ? t - warmup : t;
  return schedule.kind === "step"
    ? span.rate * schedule.factor ** Math.floor(after / (schedule.everyEpochs * unit))
    : cosineAt(schedule, span.rate, span.epochs * unit, after);
}

function cosineAt(schedule: Cosine, rate: number, length: number, t: number): number {
  const { leastRate, cycles = 1, cycleDecay = 1, cycleGrowth = 1, power = 1 } = schedule;
  const { index, cycle, into } = cycleAt(t, length, cycleGrowth);
  if (index >= cycles) return leastRate;
  const highest = rate * cycleDecay ** index;
  return leastRate + 0.5 * (highest - leastRate) * (1 + Math.cos((Math.PI * into ** power) / cycle ** power));
}

/** Which cycle t lies in, how long that is, and how far into it t lies. */
function cycleAt(t: number, length: number, growth: number): { index: number; cycle: number; into: number } {
  if (growth === 1) {
    const index = Math.floor(t / length);
    return { index, cycle: length, into: t - index * length };
  }
  const index = Math.floor(Math.log(1 - (t / length) * (1 - growth)) / Math.log(growth));
  const before = ((1 - growth ** index) / (1 - growth)) * length;
  return { index, cycle: growth ** index * length, into: t - before };
}

function warmupEpochs({ warmup }: Schedule, epochs: number): number {
  return warmup.epochs ?? (warmup.share ?? 0) * epochs;
}
