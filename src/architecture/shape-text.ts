// timm's shape text: every tensor of a pruned network as `name:[d0, d1]`, joined by `***`, in state-dict order.
// Read, write, and build the network that a text describes from the network it was pruned from.

import { FileError, shown } from "../errors.ts";
import type { Architecture, Block } from "./architecture.ts";
import { tensorSpecs } from "./tensors.ts";

/** One entry of a shape text. `[]` is a scalar (a norm's counter). */
export interface ShapeEntry {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The entries of a shape text, in file order; spaces and line ends around names and numbers are ignored, as timm does.
 * @param file how errors call the text
 * @throws FileError for an entry that is not `name:[d0, d1]`, a size that is no positive integer, or a repeated name
 */
export function readShapeText(text: string, file: string): ShapeEntry[] {
  const entries = text.split("***").map((entry, i) => readEntry(entry, i, file));
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw new FileError(file, "is listed twice. Keep one of the two.", { tensor: name });
    names.add(name);
  }
  return entries;
}

/** The shape text of a network or of given entries, byte for byte as timm's `_pruned/*.txt`: no newline anywhere. */
export function writeShapeText(from: Architecture | readonly ShapeEntry[]): string {
  const entries: readonly ShapeEntry[] = "stages" in from ? tensorSpecs(from) : from;
  return entries.map(({ name, shape }) => `${name}:${shown(shape)}`).join("***");
}

/**
 * The network of a shape text: widths, input channels and classes from the text; kernels, strides, skips, norm and
 * padding from `parent`. timm builds its three pruned networks on SAME padding and epsilon 1e-3, so their parents are
 * `tf_efficientnet_b1`, `b2` and `b3` here.
 * @param name of the new network
 * @throws FileError if a tensor is missing, unknown, or has a shape that no network of the parent's blocks has
 */
export function architectureFromShapes(
  entries: readonly ShapeEntry[],
  parent: Architecture,
  { name, file }: { readonly name: string; readonly file: string },
): Architecture {
  const shapes = new Map(entries.map((entry) => [entry.name, entry.shape]));
  const size = (tensor: string, axis: number): number => {
    const found = shapes.get(tensor)?.[axis];
    if (found === undefined) throw new FileError(file, missing(shapes.get(tensor), parent), { tensor });
    return found;
  };
  const a: Architecture = {
    ...parent,
    name,
    inChannels: size("conv_stem.weight", 1),
    classes: shapes.has("classifier.weight") ? size("classifier.weight", 0) : 0,
    stem: { ...parent.stem, width: size("conv_stem.weight", 0) },
    stages: parent.stages.map((stage, s) => stage.map((block, b) => resized(block, `blocks.${s}.${b}`, size))),
    head: { width: size("conv_head.weight", 0) },
  };
  refuseBrokenSkips(a, file);
  refuseOtherShapes(entries, a, file);
  return a;
}

function readEntry(entry: string, i: number, file: string): ShapeEntry {
  const match = /^\s*([\w.]+)\s*:\s*\[([^\][]*)\]\s*$/.exec(entry);
  if (match === null) {
    const got = JSON.stringify(entry.length > 60 ? `${entry.slice(0, 60)}…` : entry);
    throw new FileError(file, `entry ${i + 1}: expected name:[d0, d1], got ${got}. Entries are joined by ***.`);
  }
  const [, name, inside] = match;
  if (inside.trim() === "") return { name, shape: [] };
  return { name, shape: inside.split(",").map((part) => readSize(part, name, file)) };
}

function readSize(part: string, tensor: string, file: string): number {
  const size = /^\s*\d{1,9}\s*$/.test(part) ? Number(part) : 0;
  if (size > 0) return size;
  const got = JSON.stringify(part.trim().slice(0, 20));
  throw new FileError(file, `expected a size between 1 and 999999999, got ${got}.`, { tensor });
}

/** `block` with the widths of the text. */
function resized(block: Block, at: string, size: (tensor: string, axis: number) => number): Block {
  switch (block.kind) {
    case "ds":
      return { ...block, out: size(`${at}.conv_pw.weight`, 0), squeeze: squeezed(block.squeeze, at, size) };
    case "ir":
      return {
        ...block,
        expanded: size(`${at}.conv_pw.weight`, 0),
        out: size(`${at}.conv_pwl.weight`, 0),
        squeeze: squeezed(block.squeeze, at, size),
      };
    case "er":
      return { ...block, expanded: size(`${at}.conv_exp.weight`, 0), out: size(`${at}.conv_pwl.weight`, 0) };
    case "cn":
      return { ...block, out: size(`${at}.conv.weight`, 0) };
  }
}

function squeezed(squeeze: number | null, at: string, size: (tensor: string, axis: number) => number): number | null {
  return squeeze === null ? null : size(`${at}.se.conv_reduce.weight`, 0);
}

function missing(shape: readonly number[] | undefined, parent: Architecture): string {
  if (shape !== undefined) return `expected more dimensions, got ${shown(shape)}.`;
  return `expected by the blocks of ${parent.name}, got none. Is it the right parent?`;
}

/** A skip adds what enters to what leaves: as many channels must do both. */
function refuseBrokenSkips(a: Architecture, file: string): void {
  let width = a.stem.width;
  for (const [s, stage] of a.stages.entries()) {
    for (const [b, block] of stage.entries()) {
      if (block.hasSkip && block.out !== width) {
        throw new FileError(file, `blocks.${s}.${b}: expected ${width} channels for its skip, got ${block.out}.`);
      }
      width = block.out;
    }
  }
}

/** The text must be the network's own tensor list: no entry more, none less, every shape equal. */
function refuseOtherShapes(entries: readonly ShapeEntry[], a: Architecture, file: string): void {
  const expected = new Map(tensorSpecs(a).map((spec) => [spec.name, spec.shape]));
  for (const { name, shape } of entries) {
    const right = expected.get(name);
    if (right === undefined) throw new FileError(file, "is no tensor of this network. Remove it.", { tensor: name });
    if (shown(right) !== shown(shape)) {
      throw new FileError(file, `expected ${shown(right)}, got ${shown(shape)}.`, { tensor: name });
    }
    expected.delete(name);
  }
  for (const [name, shape] of expected) {
    throw new FileError(file, `expected ${shown(shape)}, got none.`, { tensor: name });
  }
}
