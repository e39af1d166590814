// Channels that live or die together, read off the architecture: one group is a width, and every tensor axis it cuts.

import type { Architecture, Block } from "../architecture/architecture.ts";
import { type Layer, type LayerKind, layers } from "../architecture/layers.ts";
import { Ties } from "./ties.ts";

/** `block`: a whole residual block, kept or removed. All others are widths. */
export type GroupKind = "stem" | "stream" | "expanded" | "squeeze" | "head" | "block";

/** An axis of a state-dict entry: 0 = outputs, 1 = inputs (torch's layout). */
export interface TensorAxis {
  readonly tensor: string;
  readonly axis: 0 | 1;
}

export interface ChannelGroup {
  /** `stem`, `blocks.2.stream`, `blocks.2.1.expanded`, `blocks.2.1.squeeze`, `head`, `blocks.2.1.block`. */
  readonly name: string;
  readonly kind: GroupKind;
  /** Channels in the parent; 1 for a block. */
  readonly width: number;
  /** Everything that is cut together, in order of execution. Of a block: axis 0 of each of its tensors; all of them go. */
  readonly axes: readonly TensorAxis[];
}

/**
 * Every prunable group of a network, in order of execution; blocks after the widths.
 *
 * A stream that several stages share (a skip across a stage's border, or the stem tied to stage 0) is named after the last
 * stage that ends in it. One that begins and ends inside a stage, between two blocks without a skip, is named after the
 * block that begins it, `blocks.2.0.stream`. So no name changes its meaning when blocks are removed.
 * What enters and leaves the network is frozen and in no group: the picture's channels, the classes, and for 0 classes the
 * head. Blocks are those with a skip; a stage keeps at least one of its blocks (see `withWidths`).
 */
export function groups(a: Architecture): ChannelGroup[] {
  const { ties, labels, frozen } = walked(a);
  const named = new Map(labels.map(([node, label]) => [ties.root(node), label]));
  const fixed = new Set(frozen.map((node) => ties.root(node)));
  const widths = ties.classes().flatMap(({ root, members }): ChannelGroup[] => {
    const label = named.get(root);
    if (fixed.has(root) || label === undefined) return [];
    return [{ ...label, width: members[0].size, axes: members.map(({ tensor, axis }) => ({ tensor, axis })) }];
  });
  return [...widths, ...blocksOf(a)];
}

/** Which group an axis of a tensor belongs to; undefined for frozen ones. */
export function groupsByAxis(
  list: readonly ChannelGroup[],
): (tensor: string, axis: number) => ChannelGroup | undefined {
  const byAxis = new Map(
    list
      .filter(({ kind }) => kind !== "block")
      .flatMap((group) => group.axes.map(({ tensor, axis }) => [`${tensor} ${axis}`, group])),
  );
  return (tensor, axis) => byAxis.get(`${tensor} ${axis}`);
}

interface AxisNode extends TensorAxis {
  /** Channels along the axis. */
  readonly size: number;
}

/** A node of the ties: an axis, or the picture. */
type Node = number;
type Label = Pick<ChannelGroup, "name" | "kind">;

/** Where the walk over the layers stands: which node the channels of each map are tied to. */
interface State {
  readonly ties: Ties<AxisNode>;
  /** What the next layer reads. */
  x: Node;
  /** What the skip adds. */
  blockInput: Node;
  /** The map that the se gate multiplies. */
  squeezed: Node;
}

interface Walked {
  readonly ties: Ties<AxisNode>;
  /** In order of execution; of two for one class the later is its name. */
  readonly labels: readonly (readonly [Node, Label])[];
  readonly frozen: readonly Node[];
}

function walked(a: Architecture): Walked {
  const ties = new Ties<AxisNode>();
  const picture = ties.add(null);
  const state: State = { ties, x: picture, blockInput: picture, squeezed: picture };
  const labels: [Node, Label][] = [];
  const list = layers(a, { height: 1, width: 1 });
  for (const [at, layer] of list.entries()) {
    if (layer.block?.join() !== list[at - 1]?.block?.join()) state.blockInput = state.x;
    if (layer.kind === "squeeze") state.squeezed = state.x;
    state.x = (rules[layer.kind] as (layer: Layer, state: State) => Node)(layer, state);
    const label = labelOf(a, layer);
    if (label !== null) labels.push([state.x, label]);
  }
  return { ties, labels, frozen: [picture, state.x] };
}

/** Ties the axes of one layer to those of the map it reads; the node of the map it gives. */
const rules: {
  readonly [Kind in LayerKind]: (layer: Layer & { readonly kind: Kind }, state: State) => Node;
} = {
  convolution: (layer, state) => (layer.isDepthwise ? perChannel(layer, state) : dense(layer, state)),
  norm: perChannel,
  squeeze: (_, { x }) => x,
  pool: (_, { x }) => x,
  se: dense,
  gate: (_, { ties, x, squeezed }) => ties.tie(x, squeezed),
  add: (_, { ties, x, blockInput }) => ties.tie(x, blockInput),
  linear: dense,
};

/** Every output reads every input: weight axis 1 is the map's, axis 0 and the bias are new. */
function dense({ tensors, input, output }: Layer, { ties, x }: State): Node {
  let created: Node | null = null;
  for (const { name, role } of tensors) {
    if (role === "weight") ties.tie(x, ties.add({ tensor: name, axis: 1, size: input.channels }));
    const outputs = ties.add({ tensor: name, axis: 0, size: output.channels });
    created = created === null ? outputs : ties.tie(created, outputs);
  }
  return created ?? x;
}

/** Channel c of the output reads channel c of the input alone: axis 0 of everything is the map's. */
function perChannel({ tensors, output }: Layer, { ties, x }: State): Node {
  for (const { name, shape } of tensors) {
    if (shape.length > 0) ties.tie(x, ties.add({ tensor: name, axis: 0, size: output.channels }));
  }
  return x;
}

/** What the channels that a layer creates are called; null for layers that create none, or join a stream inside a stage. */
function labelOf(a: Architecture, layer: Layer): Label | null {
  const { kind, block, name } = layer;
  if (kind === "se") return layer.activation === "sigmoid" ? null : inBlock(block, "squeeze"); // a gate is its map's
  if (kind !== "convolution" || layer.isDepthwise) return null;
  if (block === null) return name === "conv_stem" ? { name: "stem", kind: "stem" } : { name: "head", kind: "head" };
  const [s, b] = block;
  const { kind: blockKind, hasSkip } = a.stages[s][b];
  if (!name.endsWith(`.${CLOSING[blockKind]}`)) return inBlock(block, "expanded");
  if (b === a.stages[s].length - 1) return { name: `blocks.${s}.stream`, kind: "stream" };
  return hasSkip ? null : inBlock(block, "stream");
}

/** The convolution whose outputs leave the block. */
const CLOSING: Readonly<Record<Block["kind"], string>> = {
  ds: "conv_pw",
  ir: "conv_pwl",
  er: "conv_pwl",
  cn: "conv",
};

function inBlock(block: Layer["block"], kind: "expanded" | "squeeze" | "stream"): Label {
  return { name: `blocks.${block?.join(".")}.${kind}`, kind };
}

function blocksOf(a: Architecture): ChannelGroup[] {
  const tensors = new Map<string, TensorAxis[]>();
  for (const layer of layers(a, { height: 1, width: 1 })) {
    const own = layer.tensors
      .filter(({ shape }) => shape.length > 0)
      .map(({ name }) => ({ tensor: name, axis: 0 }) as const);
    const key = String(layer.block?.join("."));
    tensors.set(key, [...(tensors.get(key) ?? []), ...own]);
  }
  return a.stages.flatMap((blocks, s) =>
    blocks.flatMap(({ hasSkip }, b): ChannelGroup[] => {
      if (!hasSkip) return [];
      return [{ name: `blocks.${s}.${b}.block`, kind: "block", width: 1, axes: tensors.get(`${s}.${b}`) ?? [] }];
    }),
  );
}
