// What a compiled network is timed in: the ops that are left when norms, activations and residuals have moved into the
// convolutions before them. Each is priced with the layer whose weights it has; equal ones share a key.

import type { Architecture } from "../architecture/architecture.ts";
import { layers } from "../architecture/layers.ts";
import { assert } from "../errors.ts";
import { buildGraph } from "../graph/build.ts";
import type { Activation, Graph, Op, OpName } from "../graph/ops.ts";
import { optimize } from "../graph/passes.ts";
import { groups, groupsByAxis } from "./groups.ts";

/** Pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** What an op's time depends on, besides its widths. */
export interface LatencyKey {
  readonly op: OpName;
  /** Of the map that it reads, in pixels; a vector is 1×1. */
  readonly height: number;
  readonly width: number;
  /** 1 where there is none. */
  readonly kernel: number;
  readonly stride: number;
  readonly activation: Activation | null;
  readonly hasResidual: boolean;
  /** It has one width: its outputs are its inputs, or tied to them. */
  readonly isTied: boolean;
}

/** One op of a network. */
export interface LatencyUnit {
  /** `layers` has one of this name. */
  readonly layer: string;
  readonly key: LatencyKey;
  /** `keyText` of the key. */
  readonly text: string;
  readonly inputs: number;
  readonly outputs: number;
  /** The groups whose widths these are; null for frozen ones. */
  readonly inputGroup: string | null;
  readonly outputGroup: string | null;
}

/** The graph that a network is compiled to for one picture. */
export function compiledGraph(a: Architecture, { height, width }: Size): Graph {
  const last = layers(a, { height, width }).at(-1);
  assert(last !== undefined, "a network has layers");
  return optimize(buildGraph(a, { batch: 1, height, width, outputs: [last.name] }));
}

/** One for each op of `compiledGraph`, in its order. */
export function unitsOf(a: Architecture, size: Size, graph = compiledGraph(a, size)): LatencyUnit[] {
  const shapes = new Map([...graph.inputs, ...graph.values.values()].map(({ name, shape }) => [name, shape]));
  const weights = new Map(graph.parameters.map(({ name, source }) => [name, source.tensor]));
  const groupAt = groupsByAxis(groups(a));
  const named = (tensor: string, axis: number): string | null => groupAt(tensor, axis)?.name ?? null;
  /** The group of every value's channels. */
  const widthOf = new Map<string, string | null>(graph.inputs.map(({ name }) => [name, null]));
  const layerNames = new Set(layers(a, size).map(({ name }) => name));
  return graph.ops.map((op) => {
    const x = shapes.get(op.x) as readonly number[];
    const y = shapes.get(op.y) as readonly number[];
    const tensor = "weight" in op ? (weights.get(op.weight) ?? null) : null;
    const inputGroup = widthOf.get(op.x) ?? null;
    const outputGroup = tensor === null ? inputGroup : named(tensor, 0);
    widthOf.set(op.y, outputGroup);
    const key = keyOf(op, x, inputGroup !== null && inputGroup === outputGroup);
    const layer = tensor?.replace(/\.weight$/, "") ?? op.y.replace(/\.(norm|linear)$/, "");
    assert(layerNames.has(layer), `${op.op} ${op.y} belongs to a layer, got ${layer}`);
    return {
      layer,
      key,
      text: keyText(key),
      inputs: x[x.length - 1],
      outputs: y[y.length - 1],
      inputGroup,
      outputGroup,
    };
  });
}

/** `convolution 1×1 at 14×14, silu`; `depthwise 5×5 /2 at 56×56, silu`; `linear, sigmoid`. */
export function keyText(key: LatencyKey): string {
  const { op, height, width, kernel, stride, activation, hasResidual, isTied } = key;
  const hasWindow = op === "convolution" || op === "depthwise";
  const window = hasWindow ? ` ${kernel}×${kernel}${stride === 1 ? "" : ` /${stride}`}` : "";
  const place = height === 1 && width === 1 ? "" : ` at ${height}×${width}`;
  const more = [activation, hasResidual ? "residual" : null, isTied && !isPerChannel(op) ? "tied" : null];
  return [`${op}${window}${place}`, ...more.filter((part) => part !== null)].join(", ");
}

function keyOf(op: Op, x: readonly number[], sharesGroup: boolean): LatencyKey {
  const [height, width] = x.length === 4 ? [x[1], x[2]] : [1, 1];
  const hasWindow = op.op === "convolution" || op.op === "depthwise";
  return {
    op: op.op,
    height,
    width,
    kernel: hasWindow ? op.kernel[0] : 1,
    stride: hasWindow ? op.stride : 1,
    activation: "activation" in op ? op.activation : null,
    hasResidual: op.op === "convolution" && op.residual !== null,
    isTied: isPerChannel(op.op) || sharesGroup,
  };
}

function isPerChannel(op: OpName): boolean {
  return op !== "convolution" && op !== "linear";
}
