// Where inner distillation compares a student with its teacher, and which of the teacher's channels the student still has.

import type { Architecture } from "../architecture/architecture.ts";
import { layers } from "../architecture/layers.ts";
import { groups, groupsByAxis } from "./groups.ts";
import type { Plan } from "./plan.ts";

export interface Tap {
  /** As `buildGraph` calls it: `blocks.2`, `map` (the head, activated), `embedding` (the head, pooled), `logits`. */
  readonly name: string;
  /** Channels of the teacher's result. */
  readonly width: number;
  /** Those that the student has, in its order; null for all. */
  readonly kept: readonly number[] | null;
}

/**
 * The result of every stage, and the head's.
 * @param head whether the head is compared before or after pooling; the second takes less memory, and says less
 */
export function tapsOf(teacher: Architecture, plan: Plan, head: "map" | "embedding"): Tap[] {
  const groupAt = groupsByAxis(groups(teacher));
  const written = new Map<string, string>(); // the last convolution before a tap, whose outputs are the tap's channels
  for (const { kind, name, block } of layers(teacher, { height: 1, width: 1 })) {
    if (kind === "convolution" && name !== "conv_stem") written.set(block === null ? head : `blocks.${block[0]}`, name);
  }
  return Array.from(written, ([name, layer]) => {
    const group = groupAt(`${layer}.weight`, 0);
    const kept = group === undefined ? undefined : plan.keep[group.name];
    const width = name === head ? teacher.head.width : (teacher.stages[Number(name.split(".")[1])].at(-1)?.out ?? 0);
    return { name, width, kept: kept ?? null };
  });
}
