// The golden files of the solver, typed, and an instance of chain.json as the chain it describes.

import { readFileSync } from "node:fs";
import { allowedWidths } from "#effnet/pruning/allowed.js";
import type { Axis, Cell, Chain, ChainLayer, Price } from "#effnet/pruning/chain.js";

/** Width and scores of an axis. */
interface GoldenAxis {
  readonly full: number;
  readonly scores: readonly number[];
}

interface GoldenBlock {
  readonly kind: "ir" | "er" | "ds" | "cn";
  readonly kernel: number;
  readonly sideIn: number;
  readonly sideOut: number;
  readonly expanded: GoldenAxis | null;
  readonly squeeze: GoldenAxis | null;
  readonly removable: boolean;
}

export interface GoldenInstance {
  readonly classes: number;
  readonly stem: { readonly side: number; readonly kernel: number; readonly cin: number };
  readonly streams: readonly GoldenAxis[];
  readonly stages: readonly (readonly GoldenBlock[])[];
  readonly head: (GoldenAxis & { readonly side: number }) | null;
  readonly multiple: number;
  readonly minimum: number;
  readonly squeezeMultiple: number;
  readonly table?: { readonly fixed: number; readonly pw: number; readonly dw: number };
}

export interface GoldenTiny {
  readonly instance: GoldenInstance;
  readonly smallest: number;
  readonly largest: number;
  readonly penalised: readonly { readonly multiplier: number; readonly value: number }[];
  readonly budgets: readonly {
    readonly budget: number;
    readonly optimum: number;
    readonly leastCost: number;
    readonly bound: number;
    readonly prototype: number;
  }[];
  readonly example: { readonly cost: number; readonly value: number };
}

export interface GoldenReal {
  readonly name: "efficientnet_b0" | "efficientnet_b1" | "efficientnet_b2" | "efficientnet_b3";
  readonly multiple: number;
  readonly minimum: number;
  readonly squeezeMultiple: number;
  readonly budget: number;
  readonly fullValue: number;
  readonly value: number;
  readonly cost: number;
  readonly bound: number;
  readonly smallest: number;
}

export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/pruning/${name}.json`, import.meta.url), "utf8")) as T;
}

/** The chain of an instance, with one limit. */
export function chainOfInstance(instance: GoldenInstance): Chain {
  const { table, multiple, minimum, squeezeMultiple } = instance;
  const axes: Axis[] = [];
  const cells: Cell[] = [];
  const frozen = (width: number): number => axes.push({ name: null, widths: [width], values: Float64Array.of(0) }) - 1;
  const axis = ({ full, scores }: GoldenAxis, step: number, least: number): number => {
    const widths = allowedWidths(full, step, least);
    const falling = [...scores].sort((a, b) => b - a);
    const values = widths.map((w) => falling.slice(0, w).reduce((sum, value) => sum + value, 0));
    return axes.push({ name: `axis ${axes.length}`, widths, values: Float64Array.from(values) }) - 1;
  };
  const dense = (from: number, to: number, area: number): ChainLayer => ({
    from,
    to,
    prices: [table === undefined ? plain(area, 0) : tabled((a, b) => pay(table.pw * area * up(a, 4) * up(b, 8)))],
  });
  const depthwise = (at: number, area: number): ChainLayer => ({
    from: at,
    to: at,
    prices: [table === undefined ? plain(0, area) : tabled((a) => pay(table.dw * area * up(a, 4)))],
  });
  const pay = (price: number): number => (table?.fixed ?? 0) + price;
  const cell = (name: string, from: number, to: number, layers: ChainLayer[], own: Partial<Cell> = {}): void => {
    cells.push({ name, from, to, inner: null, squeeze: null, removed: null, layers, ...own });
  };

  const streams = instance.streams.map((stream) => axis(stream, multiple, minimum));
  const { stem } = instance;
  const picture = frozen(stem.cin);
  cell("stem", picture, streams[0], [dense(picture, streams[0], stem.side ** 2 * stem.kernel ** 2)]);
  instance.stages.forEach((stage, s) => {
    stage.forEach((block, b) => {
      const [from, to] = [streams[b === 0 ? s : s + 1], streams[s + 1]];
      const { kind, kernel, sideIn, sideOut, expanded } = block;
      const [entering, leaving, window] = [sideIn ** 2, sideOut ** 2, sideOut ** 2 * kernel ** 2];
      const inner = expanded === null ? null : axis(expanded, multiple, minimum);
      const e = inner ?? from;
      const least = Math.min(minimum, squeezeMultiple);
      const squeeze = block.squeeze === null ? null : axis(block.squeeze, squeezeMultiple, least);
      const excite = squeeze === null ? [] : [dense(e, squeeze, 1), dense(squeeze, e, 1)];
      const layers = {
        ir: () => [dense(from, e, entering), depthwise(e, window), ...excite, dense(e, to, leaving)],
        er: () => [dense(from, e, window), ...excite, dense(e, to, leaving)],
        ds: () => [depthwise(from, window), ...excite, dense(from, to, leaving)],
        cn: () => [dense(from, to, window)],
      }[kind]();
      cell(`blocks.${s}.${b}`, from, to, layers, { inner, squeeze, removed: block.removable ? 0 : null });
    });
  });
  const last = streams[streams.length - 1];
  const classes = frozen(instance.classes);
  if (instance.head === null) cell("head", last, classes, [dense(last, classes, 1)]);
  else {
    const inner = axis(instance.head, multiple, minimum);
    cell("head", last, classes, [dense(last, inner, instance.head.side ** 2), dense(inner, classes, 1)], { inner });
  }
  return { axes, cells, fixed: [0] };
}

function plain(product: number, outputs: number): Price {
  return { bilinear: { product, outputs }, at: (a, b) => (product * a + outputs) * b };
}

function tabled(at: Price["at"]): Price {
  return { bilinear: null, at };
}

function up(channels: number, panel: number): number {
  return Math.ceil(channels / panel);
}
