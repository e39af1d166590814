// What is dropped in training: pooled features before the classifier, and whole residuals (stochastic depth, Huang et al.
// 2016). Masks are inputs of the training graph, drawn here.

import type { Architecture } from "../architecture/architecture.ts";
import { layers } from "../architecture/layers.ts";
import type { Graph } from "../graph/ops.ts";
import { Random } from "../random.ts";
import { elements, type Tensor } from "../tensor.ts";
import type { Recipe } from "./recipe.ts";

/** A value of the network's graph that is masked. */
export interface MaskSpec {
  readonly value: string;
  /** One factor a picture, or one an element. */
  readonly kind: "pictures" | "elements";
  /** Share that is dropped; the rest is multiplied by 1 / (1 − rate). */
  readonly rate: number;
}

/**
 * Block i of n drops its residual at `dropPath` · i/n where it has a skip, as timm, so that the first never does; the pooled
 * features are dropped at `dropout`.
 */
export function masksOf(
  a: Architecture,
  graph: Graph,
  { dropout, dropPath }: Pick<Recipe, "dropout" | "dropPath">,
): MaskSpec[] {
  const masks: MaskSpec[] = [];
  const indexOf = (stage: number, block: number): number => a.stages.slice(0, stage).flat().length + block;
  const count = a.stages.flat().length;
  const skips = layers(a, { height: 1, width: 1 }).flatMap(({ kind, block }) =>
    kind === "add" && block ? [block] : [],
  );
  const additions = graph.ops.filter(({ op }) => op === "add");
  for (const [i, [stage, block]] of skips.entries()) {
    const rate = (dropPath * indexOf(stage, block)) / count;
    const addition = additions[i];
    if (rate > 0 && addition.op === "add") masks.push({ value: addition.x, kind: "pictures", rate });
  }
  const classifier = graph.ops.at(-1);
  if (dropout > 0 && classifier?.op === "linear") {
    masks.push({ value: classifier.x, kind: "elements", rate: dropout });
  }
  return masks;
}

/** The mask for one forward pass: a pure function of the seed, the value's name, the update and the pass within it. */
export function drawMask(
  { value, rate }: MaskSpec,
  shape: readonly number[],
  at: { readonly seed: number; readonly update: number; readonly pass: number },
): Tensor {
  const random = new Random(at.seed, "mask", value, at.update, at.pass);
  const kept = 1 / (1 - rate);
  return { shape, data: Float64Array.from({ length: elements(shape) }, () => (random.float() < rate ? 0 : kept)) };
}
