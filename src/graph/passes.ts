// Graph → Graph with the same outputs and fewer ops. Each pass is pure, keeps every output asked for, and knows nothing
// of networks: it works on any graph.

import { graphOf, operandsOf, parametersOf } from "./graph.ts";
import type { Activate, Add, Convolution, Depthwise, Graph, Norm, NormSource, Op, Parameter } from "./ops.ts";
import type { TrainingOp } from "./training-ops.ts";

/** All passes: batch norm, residuals and activations move into the convolutions before them. */
export function optimize(graph: Graph): Graph {
  return fuseActivations(fuseResiduals(foldNorms(dropDead(graph))));
}

/** Drops ops whose results nobody reads, and parameters that no op reads. Inputs stay: they are the graph's signature. */
export function dropDead<O extends TrainingOp>(graph: Graph<O>): Graph<O> {
  const isRead = new Set(graph.outputs);
  const ops: O[] = [];
  for (const op of [...graph.ops].reverse()) {
    if (!isRead.has(op.y)) continue;
    ops.unshift(op);
    for (const name of [...operandsOf(op), ...parametersOf(op)]) isRead.add(name);
  }
  return graphOf({ ...graph, ops, parameters: graph.parameters.filter(({ name }) => isRead.has(name)) });
}

/** norm(convolution(x)) → convolution(x) with folded weight and bias; the same for depthwise. */
export function foldNorms(graph: Graph): Graph {
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.name, parameter]));
  return fuse(graph, (op, soleMaker) => {
    if (op.op !== "norm") return null;
    const maker = soleMaker(op.x);
    return isPlain(maker) ? folded(maker, op, parameters) : null;
  });
}

/** add(convolution(x), other) → the convolution with `other` as its residual. */
export function fuseResiduals(graph: Graph): Graph {
  return fuse(graph, (op, soleMaker) => {
    if (op.op !== "add") return null;
    return withResidual(soleMaker(op.x), op.other, op) ?? withResidual(soleMaker(op.other), op.x, op);
  });
}

/** activate(f(x)) → f with the activation, f a convolution, depthwise or linear. */
export function fuseActivations(graph: Graph): Graph {
  return fuse(graph, (op, soleMaker) => (op.op === "activate" ? withActivation(soleMaker(op.x), op) : null));
}

/** What takes the place of an op and of the one maker it swallowed. */
interface Fused {
  readonly maker: Op;
  readonly op: Op;
  /** Those that `op` reads and the graph lacks. */
  readonly parameters?: readonly Parameter[];
}

/** The op that makes a value, if a single op reads the value and nobody asked for it. */
type SoleMaker = (value: string) => Op | undefined;

/** Walks the ops in order. A fused op stands where the later of the two stood, when all it reads is there. */
function fuse(graph: Graph, rule: (op: Op, soleMaker: SoleMaker) => Fused | null): Graph {
  const readers = new Map<string, number>();
  for (const name of [...graph.ops.flatMap(operandsOf), ...graph.outputs]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const ops = new Map<string, Op>();
  const parameters = [...graph.parameters];
  for (const op of graph.ops) {
    const fused = rule(op, (value) => (readers.get(value) === 1 ? ops.get(value) : undefined));
    if (fused !== null) {
      ops.delete(fused.maker.y);
      parameters.push(...(fused.parameters ?? []));
    }
    ops.set(op.y, fused?.op ?? op);
  }
  return dropDead(graphOf({ ...graph, ops: [...ops.values()], parameters }));
}

/** Nothing but weights and bias yet, so that what follows may join. */
function isPlain(op: Op | undefined): op is Convolution | Depthwise {
  if (op?.op === "convolution") return op.activation === null && op.residual === null;
  return op?.op === "depthwise" && op.activation === null;
}

/** Null where a parameter is already folded: a source holds one norm. */
function folded(maker: Convolution | Depthwise, norm: Norm, parameters: ReadonlyMap<string, Parameter>): Fused | null {
  const stored = (name: string): string | null => {
    const source = parameters.get(name)?.source;
    return source?.kind === "stored" ? source.tensor : null;
  };
  const source = normSource(norm, stored);
  const tensor = stored(maker.weight);
  const bias = maker.bias === null ? null : stored(maker.bias);
  if (source === null || tensor === null || (maker.bias !== null && bias === null)) return null;
  const weight = `${norm.y}.foldedWeight`;
  const foldedBias = `${norm.y}.foldedBias`;
  return {
    maker,
    op: { ...maker, weight, bias: foldedBias, y: norm.y },
    parameters: [
      {
        name: weight,
        shape: shapeOf(maker.weight, parameters),
        source: { kind: "foldedWeight", tensor, norm: source },
      },
      {
        name: foldedBias,
        shape: shapeOf(norm.bias, parameters),
        source: { kind: "foldedBias", tensor: bias, norm: source },
      },
    ],
  };
}

function normSource(norm: Norm, stored: (name: string) => string | null): NormSource | null {
  const [weight, bias, mean, variance] = [norm.weight, norm.bias, norm.mean, norm.variance].map(stored);
  if (weight === null || bias === null || mean === null || variance === null) return null;
  return { weight, bias, mean, variance, epsilon: norm.epsilon };
}

function shapeOf(name: string, parameters: ReadonlyMap<string, Parameter>): readonly number[] {
  return (parameters.get(name) as Parameter).shape;
}

function withResidual(maker: Op | undefined, residual: string, { y }: Add): Fused | null {
  if (maker?.op !== "convolution" || !isPlain(maker)) return null;
  return { maker, op: { ...maker, residual, y } };
}

function withActivation(maker: Op | undefined, { activation, y }: Activate): Fused | null {
  if (maker?.op !== "convolution" && maker?.op !== "depthwise" && maker?.op !== "linear") return null;
  return maker.activation === null ? { maker, op: { ...maker, activation, y } } : null;
}
