// An architecture from JSON, as our weights files carry it: hostile until every field has been looked at.

import { FileError } from "../errors.ts";
import type { Activation, Architecture, Block, Padding } from "./architecture.ts";
import { Fields } from "./fields.ts";

const MOST_CHANNELS = 2 ** 16; // l2, the widest network published, has 8,256
const MOST_CLASSES = 2 ** 20;
const MOST_BLOCKS = 2 ** 10; // l2 has 88
const LARGEST_KERNEL = 31;

/**
 * The network that `json` describes, with nothing but the known fields.
 * @param file named in the errors
 * @throws FileError that names the field, what was expected and what was found
 */
export function parseArchitecture(json: unknown, file: string): Architecture {
  const fields = new Fields(json, "architecture", file);
  const stem = fields.object("stem");
  const norm = fields.object("norm");
  const a: Architecture = {
    name: fields.text("name"),
    inChannels: fields.whole("inChannels", 1, MOST_CHANNELS),
    classes: fields.whole("classes", 0, MOST_CLASSES),
    stem: {
      width: stem.whole("width", 1, MOST_CHANNELS),
      kernel: kernelOf(stem),
      stride: stem.whole("stride", 1, 2),
    },
    stages: stagesOf(fields, file),
    head: { width: fields.object("head").whole("width", 1, MOST_CHANNELS) },
    activation: fields.oneOf<Activation>("activation", ["silu", "relu", "relu6"]),
    norm: { epsilon: norm.between("epsilon", 0, 1), momentum: norm.between("momentum", 0, 1) },
    padding: fields.oneOf<Padding>("padding", ["same", "symmetric"]),
  };
  checkSkips(a, file);
  return a;
}

function stagesOf(fields: Fields, file: string): Block[][] {
  const stages = fields.list("stages").map((stage, s) => {
    const where = `architecture.stages[${s}]`;
    if (!Array.isArray(stage) || stage.length === 0) throw new FileError(file, `${where}: expected a list of blocks.`);
    return stage.map((block: unknown, b) => blockOf(new Fields(block, `${where}[${b}]`, file)));
  });
  const count = stages.reduce((total, blocks) => total + blocks.length, 0);
  if (count < 1 || count > MOST_BLOCKS) fields.fail("stages", `1 to ${MOST_BLOCKS} blocks`, count);
  return stages;
}

function blockOf(fields: Fields): Block {
  const common = {
    kernel: kernelOf(fields),
    stride: fields.whole("stride", 1, 2),
    out: fields.whole("out", 1, MOST_CHANNELS),
    hasSkip: fields.flag("hasSkip"),
  };
  const kind = fields.oneOf<Block["kind"]>("kind", ["ds", "ir", "er", "cn"]);
  switch (kind) {
    case "ds":
      return { kind, ...common, squeeze: squeezeOf(fields) };
    case "ir":
      return { kind, ...common, expanded: fields.whole("expanded", 1, MOST_CHANNELS), squeeze: squeezeOf(fields) };
    case "er":
      return { kind, ...common, expanded: fields.whole("expanded", 1, MOST_CHANNELS) };
    case "cn":
      return { kind, ...common };
  }
}

function kernelOf(fields: Fields): number {
  const kernel = fields.whole("kernel", 1, LARGEST_KERNEL);
  if (kernel % 2 === 0) fields.fail("kernel", "an odd number", kernel);
  return kernel;
}

function squeezeOf(fields: Fields): number | null {
  return fields.value("squeeze") === null ? null : fields.whole("squeeze", 1, MOST_CHANNELS);
}

/** A skip adds a block's input to its output, so both need one shape. */
function checkSkips({ stem, stages }: Architecture, file: string): void {
  let entering = stem.width;
  for (const [index, { hasSkip, stride, out }] of stages.flat().entries()) {
    if (hasSkip && (stride !== 1 || out !== entering)) {
      const found = `got stride ${stride}, widths ${entering} and ${out}`;
      throw new FileError(file, `architecture: block ${index}: its skip needs stride 1 and equal widths, ${found}.`);
    }
    entering = out;
  }
}
