// Channels that live or die together, read off the architecture: one group is a width, and every tensor axis it cuts.

import type { Architecture } from "../architecture/architecture.ts";

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
  /** Everything that is cut together. Of a block: axis 0 of each of its tensors, which all go. */
  readonly axes: readonly TensorAxis[];
}

/**
 * Every prunable group of a network, in order of execution; blocks after the widths. A stream that several stages share
 * (a skip across a stage's border, or the stem tied to stage 0) is named after the last stage in it.
 */
export declare function groups(a: Architecture): ChannelGroup[];
