// From the graph of a network to one training step: batch statistics, masks and losses, then the way back.

import { assert, UsageError } from "../errors.ts";
import { differentiate } from "./differentiate.ts";
import { graphOf, operandsOf, withOperands } from "./graph.ts";
import type { Activate, Graph, Op, Parameter, Value } from "./ops.ts";
import { dropDead } from "./passes.ts";
import type { ForwardOp, GradientOp, LossOp, RunningUpdate, TrainingGraph } from "./training-ops.ts";

export interface TrainingGraphOptions {
  /** What is minimised. A target that is no input yet becomes one, of the shape of the loss's x. */
  readonly losses: readonly LossOp[];
  /** Whether a parameter learns. */
  readonly learns: (parameter: string) => boolean;
  /** Whether the norm with this weight takes the statistics of the batch, or its running ones as they are. */
  readonly takesBatch: (normWeight: string) => boolean;
  /** Of the running statistics: running ← (1 − momentum)·running + momentum·batch. */
  readonly momentum: number;
  /** Values that everybody reads masked: one factor a picture, or one an element. The mask is an input, `name/mask`. */
  readonly masks: ReadonlyMap<string, "pictures" | "elements">;
  /** Inputs whose gradients are outputs, too. */
  readonly inputGradients?: readonly string[];
  /** What comes between the network and the losses. */
  readonly appended?: Appended | undefined;
}

/** Ops that read results of the network, as they are before masks, for losses of their own. */
export interface Appended {
  readonly inputs: readonly Value[];
  readonly parameters: readonly Parameter[];
  readonly ops: readonly ForwardOp[];
}

/**
 * One step of training for an unfused graph. Its outputs are the losses and the graph's own; nothing is computed that
 * neither an output nor a parameter that learns needs.
 * @throws UsageError where a batch norm would see one value a channel: it has no variance
 */
export function trainingGraph(network: Graph, options: TrainingGraphOptions): TrainingGraph {
  const { losses, learns, inputGradients = [], appended = NOTHING } = options;
  const graph: Graph = {
    ...network,
    inputs: [...network.inputs, ...appended.inputs],
    parameters: [...network.parameters, ...appended.parameters],
  };
  const { ops, running } = forwardOps(graph, options);
  const targets = losses.filter(({ target }, at) => losses.findIndex((loss) => loss.target === target) === at);
  const shapeIn = shapesOf(graph);
  const inputs: Value[] = [
    ...graph.inputs,
    ...Array.from(options.masks, ([name, kind]) => {
      return { name: `${name}/mask`, shape: kind === "pictures" ? shapeIn(name).slice(0, 1) : shapeIn(name) };
    }),
    ...targets
      .filter(({ target }) => !graph.inputs.some(({ name }) => name === target))
      .map(({ target, x }) => ({ name: target, shape: shapeIn(x) })),
  ];
  const outputs = [...losses.map(({ y }) => y), ...graph.outputs];
  const forward = graphOf<ForwardOp>({
    inputs,
    parameters: graph.parameters,
    ops: [...ops, ...appended.ops, ...losses],
    outputs,
  });

  const backward = differentiate({ ops: forward.ops, shapeOf: shapesOf(forward) });
  const gradientOf = (name: string): string => {
    const gradient = backward.gradients.get(name);
    assert(gradient !== undefined, `the losses do not depend on ${name}`);
    return gradient;
  };
  const gradients = new Map(
    graph.parameters
      .filter(({ name }) => learns(name) && backward.gradients.has(name))
      .map(({ name }) => [name, gradientOf(name)]),
  );
  const asked = new Map(inputGradients.map((name) => [name, gradientOf(name)]));
  const needed = [...outputs, ...asked.values(), ...gradients.values(), ...running.map(({ statistics }) => statistics)];
  const whole = graphOf<ForwardOp | GradientOp>({
    ...forward,
    ops: [...forward.ops, ...backward.ops],
    outputs: needed,
  });
  const live = dropDead(whole);
  const isKept = new Set([
    ...live.parameters.map(({ name }) => name),
    ...running.flatMap(({ mean, variance }) => [mean, variance]),
  ]);
  const parameters = graph.parameters.filter(({ name }) => isKept.has(name));
  return { ...live, parameters, outputs: [...outputs, ...asked.values()], gradients, inputGradients: asked, running };
}

const NOTHING: Appended = { inputs: [], parameters: [], ops: [] };

/** The network's ops with norms taken apart and masks put in. */
function forwardOps(
  graph: Graph,
  { masks, takesBatch, momentum, appended = NOTHING }: TrainingGraphOptions,
): { ops: ForwardOp[]; running: RunningUpdate[] } {
  const shapeIn = shapesOf(graph);
  const follower = soleActivations(graph, appended.ops.flatMap(operandsOf));
  const fused = new Set(follower.values());
  const ops: ForwardOp[] = [];
  const running: RunningUpdate[] = [];
  const maskedNames = new Map<string, string>();
  for (const unmasked of graph.ops) {
    if (fused.has(unmasked as Activate)) continue;
    const op = withOperands(unmasked, (name) => maskedNames.get(name) ?? name);
    let y = op.y;
    if (op.op === "norm") {
      const activate = follower.get(op.y);
      y = activate?.y ?? op.y;
      const statistics = `${y}/statistics`;
      const { x, weight, bias, mean, variance, epsilon } = op;
      if (takesBatch(weight)) {
        ops.push({ op: "statistics", x, y: statistics });
        running.push({ statistics, mean, variance, momentum, n: valuesAChannel(y, shapeIn(unmasked.x)) });
      } else {
        ops.push({ op: "runningStatistics", mean, variance, y: statistics });
      }
      ops.push({ op: "normalize", x, statistics, weight, bias, epsilon, activation: activate?.activation ?? null, y });
    } else {
      ops.push(op);
    }
    if (masks.has(y)) {
      ops.push({ op: "mask", x: y, mask: `${y}/mask`, y: `${y}/masked` });
      maskedNames.set(y, `${y}/masked`);
    }
  }
  return { ops, running };
}

/** The activation of each norm that nobody else reads, here or elsewhere. */
function soleActivations(graph: Graph, elsewhere: readonly string[]): Map<string, Activate> {
  const readers = new Map<string, Op[]>();
  for (const op of graph.ops) {
    for (const name of operandsOf(op)) readers.set(name, [...(readers.get(name) ?? []), op]);
  }
  const found = new Map<string, Activate>();
  for (const { op, y } of graph.ops) {
    const [reader, ...others] = readers.get(y) ?? [];
    const isSole = others.length === 0 && !graph.outputs.includes(y) && !elsewhere.includes(y);
    if (op === "norm" && reader?.op === "activate" && isSole) found.set(y, reader);
  }
  return found;
}

/** Of the batch statistics of a norm. */
function valuesAChannel(y: string, shape: readonly number[]): number {
  const n = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (n > 1) return n;
  throw new UsageError(
    "batch",
    `${y} would see one value a channel. Use larger batches or pictures, or freeze its statistics.`,
  );
}

function shapesOf<O>(graph: Graph<O>): (name: string) => readonly number[] {
  const shapes = new Map(
    [...graph.inputs, ...graph.parameters, ...graph.values.values()].map(({ name, shape }) => [name, shape]),
  );
  return (name) => {
    const shape = shapes.get(name);
    assert(shape !== undefined, `nothing is called ${name}`);
    return shape;
  };
}
