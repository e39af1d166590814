// Which network timm must be asked for so that an architecture comes out: one of its own, or one whose widths are changed.

import { EffnetError } from "../errors.ts";
import type { Architecture } from "./architecture.ts";
import { architectureOf } from "./build.ts";
import { isModelName } from "./resolve.ts";
import { type ModelName, ROWS } from "./rows.ts";
import { architectureFromShapes, readShapeText, writeShapeText } from "./shape-text.ts";

export interface TimmNetwork {
  /** What `timm.create_model` takes. */
  readonly name: ModelName;
  /** The shape text that timm's `adapt_model_from_string` makes the widths from; null where the network has them already. */
  readonly shapes: string | null;
}

/**
 * The network of timm with the same blocks, kernels, strides, skips, activation, norm and padding. Its own name goes first,
 * then the network itself under another name, then one with other widths.
 * @returns null if timm has none: other depths, or other kernels
 */
export function timmNetworkOf(a: Architecture): TimmNetwork | null {
  const names = Object.keys(ROWS) as ModelName[];
  const candidates = isModelName(a.name) ? [a.name, ...names.filter((name) => name !== a.name)] : names;
  const same = candidates.find((name) => isSame(parentOf(name, a), a));
  if (same !== undefined) return { name: same, shapes: null };
  const shapes = writeShapeText(a);
  const parent = candidates.find((name) => isMadeFrom(parentOf(name, a), a, shapes));
  return parent === undefined ? null : { name: parent, shapes };
}

function parentOf(name: ModelName, { classes, inChannels }: Architecture): Architecture {
  return architectureOf(name, { classes, inChannels });
}

function isMadeFrom(parent: Architecture, a: Architecture, shapes: string): boolean {
  if (parent.stages.length !== a.stages.length) return false;
  try {
    return isSame(architectureFromShapes(readShapeText(shapes, a.name), parent, { name: a.name, file: a.name }), a);
  } catch (error) {
    if (error instanceof EffnetError) return false;
    throw error;
  }
}

/** But for the name. */
function isSame(a: Architecture, b: Architecture): boolean {
  return canonical({ ...a, name: "" }) === canonical({ ...b, name: "" });
}

/** JSON with sorted keys. */
function canonical(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
