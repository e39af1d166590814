// How wide every group is, and the architecture with such widths.

import type { Architecture } from "../architecture/architecture.ts";

/**
 * Channels by name of group; what is not named keeps its own. A block (`blocks.2.1.block`) has 1, or 0 if it is removed; a
 * removed block's own groups do not matter.
 */
export type Widths = ReadonlyMap<string, number>;

/** The width of every group of a network, blocks (1) included. */
export declare function widthsOf(a: Architecture): Map<string, number>;

/**
 * The network with these widths: skip flags stay as they are, later blocks of a stage move up where one is removed.
 * @throws UsageError for a name that is no group, or a width that is not within 1 and the parent's
 */
export declare function withWidths(a: Architecture, widths: Widths): Architecture;
