// The layers of a student that a refit can teach: dense ones, which read every channel of a map, and what they were in the
// teacher.

import type { Architecture } from "../architecture/architecture.ts";
import type { Convolution, Graph, Linear } from "../graph/ops.ts";
import { groups, groupsByAxis } from "./groups.ts";
import type { Plan } from "./plan.ts";
import { removeBlocks } from "./removal.ts";

export interface Consumer {
  /** Module path: `blocks.1.0.conv_pw`. */
  readonly name: string;
  readonly op: Convolution | Linear;
  /** Numbers of the input that one output reads: k²·c. */
  readonly inputs: number;
  /** The teacher's result of this layer, and those of its channels that the student has; null for all. */
  readonly teacherResult: string;
  readonly kept: readonly number[] | null;
  /** What sets the outputs' means right: the layer's own bias, or else the running mean of the norm behind. */
  readonly centre: { readonly tensor: string; readonly role: "bias" | "running_mean" };
}

/**
 * In order of execution: expansions, projections, the head, the classifier. Not the stem, whose input no plan cuts; not
 * depthwise and squeeze-and-excitation layers.
 * @param student its graph, unfused
 */
export function consumersOf(student: Graph, teacher: Architecture, plan: Plan): Consumer[] {
  const { nameBefore } = removeBlocks(teacher, plan.removedBlocks);
  const groupAt = groupsByAxis(groups(teacher));
  const shapes = new Map(student.parameters.map(({ name, shape }) => [name, shape]));
  return student.ops.flatMap((op): Consumer[] => {
    if (op.op !== "convolution" && op.op !== "linear") return [];
    const [, ...window] = shapes.get(op.weight) ?? [];
    const isSqueeze = op.op === "linear" && window.length > 1; // squeezes are 1×1 convolutions of vectors
    const norm = student.ops.find((other) => other.op === "norm" && other.x === op.y);
    const tensor = op.bias ?? (norm?.op === "norm" ? norm.mean : null);
    if (op.x === student.inputs[0].name || isSqueeze || tensor === null) return [];
    const group = groupAt(nameBefore(op.weight), 0)?.name;
    return [
      {
        name: op.weight.slice(0, -".weight".length),
        op,
        inputs: window.reduce((product, size) => product * size, 1),
        teacherResult: nameBefore(op.y),
        kept: group === undefined ? null : (plan.keep[group] ?? null),
        centre: { tensor, role: op.bias === null ? "running_mean" : "bias" },
      },
    ];
  });
}
