// What every backend refuses at its door: numbers that do not fit the graph, and inputs of another shape.

import { assert, FileError, ShapeError, shown } from "../errors.ts";
import type { Graph, Parameter, Value } from "../graph/ops.ts";
import type { TrainingGraph } from "../graph/training-ops.ts";
import { elements, type StateDict, type Tensor } from "../tensor.ts";
import { storedTensor } from "./parameters.ts";
import type { ParameterGroup } from "./trainer.ts";

/** @throws FileError if a tensor that the graph's parameters are made of is missing or has another shape */
export function checkParameters(graph: Pick<Graph, "parameters">, stateDict: StateDict): void {
  for (const parameter of graph.parameters) {
    for (const [name, shape] of tensorsOf(parameter)) {
      const got = storedTensor(name, stateDict).shape;
      if (!isSame(got, shape)) {
        const what = `expected ${shown(shape)}, got ${shown(got)}. Load the state dict of this network.`;
        throw new FileError("parameters", what, { tensor: name });
      }
    }
  }
}

/** @throws ShapeError if an input is missing, or is not of exactly the compiled shape */
export function checkInputs(expected: readonly Value[], inputs: Readonly<Record<string, Tensor>>): void {
  for (const { name, shape } of expected) {
    if (!Object.hasOwn(inputs, name)) throw new ShapeError(name, `expected ${shown(shape)}, got no such input.`);
    const got = inputs[name];
    if (!isSame(got.shape, shape)) {
      throw new ShapeError(name, `expected ${shown(shape)}, got ${shown(got.shape)}. Compile a graph for that shape.`);
    }
    if (got.data.length !== elements(shape)) {
      throw new ShapeError(name, `expected ${elements(shape)} elements for ${shown(shape)}, got ${got.data.length}.`);
    }
  }
}

/** Groups hold every parameter that learns, once; anything else is a bug of their maker. */
export function checkGroups({ gradients }: TrainingGraph, groups: readonly ParameterGroup[]): void {
  const grouped = groups.flatMap(({ parameters }) => parameters);
  const isWhole = grouped.length === gradients.size && grouped.every((name) => gradients.has(name));
  assert(isWhole && new Set(grouped).size === grouped.length, "groups hold every parameter that learns, once");
}

/** The state dict's tensors behind one parameter, with the shapes they must have. */
function tensorsOf({ source, shape }: Parameter): [name: string, shape: readonly number[]][] {
  if (source.kind === "stored") return [[source.tensor, shape]];
  const { weight, bias, mean, variance } = source.norm;
  const vectors = [weight, bias, mean, variance].map((name): [string, readonly number[]] => [name, [shape[0]]]);
  return source.tensor === null ? vectors : [[source.tensor, shape], ...vectors];
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
