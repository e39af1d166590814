// The gradients of a graph: one rule an op, its formula beside it. A missing rule is a type error.
// Maps that are large and cheap are not kept for the way back: their ops are emitted a second time, as `name/again`.

import { assert } from "../errors.ts";
import type { Pads } from "./ops.ts";
import type { Shape } from "./shapes.ts";
import type { ForwardOp, ForwardOpName, GradientOp, Normalize, TrainingOpOf } from "./training-ops.ts";

/** What of a graph the way back needs to know. */
export interface Forward {
  readonly ops: readonly ForwardOp[];
  /** Of inputs, parameters and results. */
  readonly shapeOf: (name: string) => Shape;
}

export interface Backward {
  /** In order of execution, after the forward ops. Some may be of no use: `dropDead` finds them. */
  readonly ops: readonly (ForwardOp | GradientOp)[];
  /** The value that holds ∂L/∂name, for every result, input and parameter that L depends on. */
  readonly gradients: ReadonlyMap<string, string>;
}

/** Gradients of L, the sum of weight · y over the graph's losses. */
export function differentiate(forward: Forward): Backward {
  const tape = new Tape(forward);
  for (const op of [...forward.ops].reverse()) {
    if (isLoss(op)) tape.add(op.x, tape.emit(lossGradient(op)));
    else if (tape.has(op.y)) for (const [name, g] of gradientsOf(op, tape.gradient(op.y), tape)) tape.add(name, g);
  }
  return tape;
}

/** What an op gives to each of its operands: an operand's name, and a value that holds its share of ∂L/∂operand. */
type Shares = readonly (readonly [operand: string, g: string])[];

type LossName = "crossEntropy" | "binaryCrossEntropy" | "meanSquaredError";
type InnerName = Exclude<ForwardOpName, LossName>;
type Inner = TrainingOpOf<InnerName>;

/** g holds ∂L/∂y. */
type Rule<Name extends InnerName> = (op: TrainingOpOf<Name>, g: string, tape: Tape) => Shares;

const rules: { readonly [Name in InnerName]: Rule<Name> } = {
  // y = w ⋆ x + b + r;  ∂L/∂x: g · w back through the windows;  ∂L/∂w = Σ x·g;  ∂L/∂b = Σ g;  ∂L/∂r = g
  convolution: (op, g, tape) => {
    const { x, weight, bias, residual, y } = unactivated(op);
    const shape = tape.shapeOf(x);
    return [
      [x, tape.emit({ op: "convolutionInputGradient", g, weight, ...windowsOf(op), shape, y: `${y}/gradient.x` })],
      [
        weight,
        tape.emit({
          op: "convolutionWeightGradient",
          x: tape.again(x),
          g,
          ...windowsOf(op),
          y: `${y}/gradient.weight`,
        }),
      ],
      ...biasShare(bias, g, y, tape),
      ...(residual === null ? [] : [[residual, g] as const]),
    ];
  },

  // The same, one kernel a channel.
  depthwise: (op, g, tape) => {
    const { x, weight, bias, y } = unactivated(op);
    const shape = tape.shapeOf(x);
    return [
      [x, tape.emit({ op: "depthwiseInputGradient", g, weight, ...windowsOf(op), shape, y: `${y}/gradient.x` })],
      [
        weight,
        tape.emit({ op: "depthwiseWeightGradient", x: tape.again(x), g, ...windowsOf(op), y: `${y}/gradient.weight` }),
      ],
      ...biasShare(bias, g, y, tape),
    ];
  },

  // y = x·Wᵀ + b;  ∂L/∂x = g·W;  ∂L/∂W = gᵀ·x;  ∂L/∂b = Σ g
  linear: (op, g, tape) => {
    const { x, weight, bias, y } = unactivated(op);
    const shape = tape.shapeOf(weight);
    return [
      [x, tape.emit({ op: "linearInputGradient", g, weight, y: `${y}/gradient.x` })],
      [weight, tape.emit({ op: "linearWeightGradient", x: tape.again(x), g, shape, y: `${y}/gradient.weight` })],
      ...biasShare(bias, g, y, tape),
    ];
  },

  // y = act(x);  ∂L/∂x = g · act′(x)
  activate: ({ x, activation, y }, g, tape) => [
    [x, tape.emit({ op: "activateGradient", x: tape.again(x), activation, g, y: `${y}/gradient.x` })],
  ],

  // y = mean of x over h·w pixels;  ∂L/∂x = g / (h·w) at every pixel
  meanPool: ({ x, y }, g, tape) => [
    [x, tape.emit({ op: "meanPoolGradient", g, shape: tape.shapeOf(x), y: `${y}/gradient.x` })],
  ],

  // y = x · s, s one factor a channel;  ∂L/∂x = g · s;  ∂L/∂s = Σ g·x over pixels
  gate: ({ x, gate, y }, g, tape) => [
    [x, tape.emit({ op: "gate", x: g, gate: tape.again(gate), y: `${y}/gradient.x` })],
    [gate, tape.emit({ op: "gateGradient", x: tape.again(x), g, y: `${y}/gradient.gate` })],
  ],

  // y = x + other;  ∂L/∂x = ∂L/∂other = g
  add: ({ x, other }, g) => [
    [x, g],
    [other, g],
  ],

  // y = act(t), t = γ·x̂ + β, x̂ = (x − μ)/√(v + ε).  With d = g · act′(t):  ∂L/∂β = Σ d;  ∂L/∂γ = Σ d·x̂;
  // ∂L/∂x = γ/√(v + ε) · (d − Σd/n − x̂·Σ(d·x̂)/n), through μ and v, too; γ/√(v + ε) · d where those are not x's own
  normalize: (op, g, tape) => {
    const { x, statistics, weight, bias, epsilon, y } = op;
    const d = slope(op, g, tape);
    const sums = tape.emit({ op: "normalizeSums", x, statistics, epsilon, g: d, y: `${y}/sums` });
    const own = tape.isStatisticsOf(statistics, x) ? sums : null;
    return [
      [
        x,
        tape.emit({
          op: "normalizeInputGradient",
          x,
          statistics,
          weight,
          epsilon,
          g: d,
          sums: own,
          y: `${y}/gradient.x`,
        }),
      ],
      [bias, tape.emit({ op: "row", x: sums, row: 0, y: `${y}/gradient.bias` })],
      [weight, tape.emit({ op: "row", x: sums, row: 1, y: `${y}/gradient.weight` })],
    ];
  },

  // What flows through them is part of the rule of `normalize`.
  statistics: () => [],
  runningStatistics: () => [],

  // y = x · mask;  ∂L/∂x = g · mask;  the mask is drawn, not learned
  mask: ({ x, mask, y }, g, tape) => [[x, tape.emit({ op: "mask", x: g, mask, y: `${y}/gradient.x` })]],
};

/** The formulas stand with the ops. */
const lossGradients = {
  crossEntropy: "crossEntropyGradient",
  binaryCrossEntropy: "binaryCrossEntropyGradient",
  meanSquaredError: "meanSquaredErrorGradient",
} as const satisfies { readonly [Name in LossName]: GradientOp["op"] };

/** Large maps that cost less to compute again than to keep. A linear norm ends a block: its map is narrow, and kept. */
const isCheap: { readonly [Name in InnerName]: (op: TrainingOpOf<Name>) => boolean } = {
  convolution: () => false,
  depthwise: () => false,
  linear: () => false,
  activate: () => true,
  meanPool: () => false,
  gate: () => true,
  add: () => false,
  normalize: ({ activation }) => activation !== null,
  statistics: () => false,
  runningStatistics: () => false,
  mask: () => false,
};

/** Writes down the way back. */
class Tape implements Backward {
  readonly ops: (ForwardOp | GradientOp)[] = [];
  readonly gradients = new Map<string, string>();
  readonly shapeOf: (name: string) => Shape;
  readonly #makers: ReadonlyMap<string, ForwardOp>;
  readonly #again = new Map<string, string>();

  constructor({ ops, shapeOf }: Forward) {
    this.shapeOf = shapeOf;
    this.#makers = new Map(ops.map((op) => [op.y, op]));
  }

  /** Appends an op and gives the name of its result. */
  emit(op: ForwardOp | GradientOp): string {
    this.ops.push(op);
    return op.y;
  }

  has(name: string): boolean {
    return this.gradients.has(name);
  }

  gradient(name: string): string {
    return this.gradients.get(name) as string;
  }

  /** Adds a share to ∂L/∂name. */
  add(name: string, share: string): void {
    const before = this.gradients.get(name);
    const sum = (x: string): string =>
      this.emit({ op: "add", x, other: share, y: `${name}/gradient${this.ops.length}` });
    this.gradients.set(name, before === undefined ? share : sum(before));
  }

  /** The forward value: itself where it is kept, else computed again, once, from what is kept. */
  again(name: string): string {
    const maker = this.#makers.get(name);
    if (maker === undefined || isLoss(maker) || this.shapeOf(name).length < 4 || !isCheapOp(maker)) return name;
    const made = this.#again.get(name) ?? this.emit(this.#remade(maker));
    this.#again.set(name, made);
    return made;
  }

  isStatisticsOf(statistics: string, x: string): boolean {
    const maker = this.#makers.get(statistics);
    return maker?.op === "statistics" && maker.x === x;
  }

  #remade(op: Inner): Inner {
    const y = `${op.y}/again`;
    if (op.op === "gate") return { ...op, x: this.again(op.x), y };
    return op.op === "activate" || op.op === "normalize" ? { ...op, x: this.again(op.x), y } : op;
  }
}

function isLoss(op: ForwardOp): op is TrainingOpOf<LossName> {
  return op.op in lossGradients;
}

function lossGradient({ op, ...loss }: TrainingOpOf<LossName>): GradientOp {
  return { ...loss, op: lossGradients[op], y: `${loss.y}/gradient.x` } as GradientOp;
}

function gradientsOf(op: Inner, g: string, tape: Tape): Shares {
  return (rules[op.op] as (op: Inner, g: string, tape: Tape) => Shares)(op, g, tape);
}

function isCheapOp(op: Inner): boolean {
  return (isCheap[op.op] as (op: Inner) => boolean)(op);
}

/** ∂L/∂t of y = act(t). */
function slope({ op: _, activation, y, ...normalize }: Normalize, g: string, tape: Tape): string {
  return activation === null ? g : tape.emit({ ...normalize, op: "normalizeSlope", activation, g, y: `${y}/slope` });
}

function biasShare(bias: string | null, g: string, y: string, tape: Tape): Shares {
  return bias === null ? [] : [[bias, tape.emit({ op: "biasGradient", g, y: `${y}/gradient.bias` })]];
}

/** A training graph is differentiated before activations are fused. */
function unactivated<O extends { readonly activation: unknown; readonly y: string }>(op: O): O {
  assert(op.activation === null, `${op.y}: differentiate before fusing activations`);
  return op;
}

interface Windows {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: number;
  readonly pads: Pads;
}

function windowsOf({ kernel, stride, pads }: Windows): Windows {
  return { kernel, stride, pads };
}
