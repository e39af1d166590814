// A network as a table: every width and depth, with what each part weighs and costs. Equal neighbours share a row.

import type { Architecture, Block } from "../architecture/architecture.ts";
import { cost } from "../architecture/cost.ts";
import type { Layer } from "../architecture/layers.ts";
import { grouped, rounded } from "./numbers.ts";
import type { Paint } from "./style.ts";
import { type Align, table } from "./table.ts";

const HEADER = ["module", "×", "kind", "kernel", "stride", "in", "expanded", "squeeze", "out", "skip", "map", "params"];
// biome-ignore format: columns
const ALIGNS: readonly Align[] =
  ["left", "right", "left", "left", "right", "right", "right", "right", "right", "left", "left", "right", "right"];

/** One row per run of equal blocks, between the stem's and the head's. `layers` are the network's at one input size. */
export function structureTable(architecture: Architecture, layers: readonly Layer[], paint: Paint): string {
  const { stem, stages, head } = architecture;
  const outside = (name: RegExp): Layer[] => layers.filter((layer) => layer.block === null && name.test(layer.name));
  const of = (s: number, first: number, last: number): Layer[] =>
    layers.filter(({ block }) => block !== null && block[0] === s && block[1] >= first && block[1] <= last);

  const square = (kernel: number): string => `${kernel}×${kernel}`;
  const rows = [
    row(
      ["conv_stem", "", "conv", square(stem.kernel), stem.stride, architecture.inChannels, "", "", stem.width, ""],
      outside(/^(conv_stem|bn1)/),
    ),
  ];
  let width = stem.width;
  for (const [s, blocks] of stages.entries()) {
    for (let first = 0; first < blocks.length; ) {
      const block = blocks[first];
      let last = first;
      while (last + 1 < blocks.length && block.out === width && isEqual(blocks[last + 1], block)) last++;
      const name = `blocks.${s}.${first}${last > first ? `-${last}` : ""}`;
      const { expanded, squeeze } = middle(block);
      const shape = [block.kind, square(block.kernel), block.stride, width, expanded, squeeze, block.out];
      rows.push(
        row([name, last > first ? last - first + 1 : "", ...shape, block.hasSkip ? "+" : ""], of(s, first, last)),
      );
      width = block.out;
      first = last + 1;
    }
  }
  rows.push(row(["conv_head", "", "conv", square(1), 1, width, "", "", head.width, ""], outside(/^(conv_head|bn2)/)));
  if (architecture.classes > 0) {
    rows.push(
      row(["classifier", "", "linear", "", "", head.width, "", "", architecture.classes, ""], outside(/^classifier/)),
    );
  }
  const [header, ...lines] = table([[...HEADER, "MACs"], ...rows], ALIGNS).split("\n");
  return [paint("dim", header), ...lines].join("\n");
}

function row(cells: readonly (string | number)[], layers: readonly Layer[]): string[] {
  const { parameters, macs } = cost(layers);
  const { height, width } = layers[layers.length - 1].output;
  return [...cells.map(String), `${height}×${width}`, grouped(parameters), rounded(macs)];
}

function isEqual(a: Block, b: Block): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function middle(block: Block): { expanded: number | ""; squeeze: number | "" } {
  const expanded = "expanded" in block ? block.expanded : "";
  return { expanded, squeeze: "squeeze" in block && block.squeeze !== null ? block.squeeze : "" };
}
