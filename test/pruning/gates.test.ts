// Gates stand where a channel has no other life: a network with closed gates is the network without those channels.

import { afterAll, describe, expect, test } from "vitest";
import { buildGraph } from "#effnet/graph/build.js";
import { optimize } from "#effnet/graph/passes.js";
import type { Model } from "#effnet/model/model.js";
import { type GateSite, gated, gateInputs, type Openings } from "#effnet/pruning/gates.js";
import { groups } from "#effnet/pruning/groups.js";
import type { Tensor } from "#effnet/tensor.js";
import { tinyModel } from "./parents.ts";
import { apart, taylor } from "./taylor.ts";
import { CLASSES, golden, SAMPLES, SIDE, TINY, type TinyName, tinyLabels, tinyNetwork, tinyPictures } from "./tiny.ts";

interface PrunedNetwork {
  readonly plans: Readonly<
    Record<
      string,
      {
        readonly keep?: Readonly<Record<string, readonly number[]>>;
        readonly removed?: readonly string[];
        readonly logits: readonly (readonly number[])[];
      }
    >
  >;
}

const pruned = golden<{ readonly networks: Readonly<Record<TinyName, PrunedNetwork>> }>("pruned.json").networks;

/** Logits `[6][5]` of the tiny pictures with some gates closed; every picture its own. */
class GatedTiny {
  readonly #run: (openings: readonly Openings[]) => Promise<Tensor>;

  private constructor(run: (openings: readonly Openings[]) => Promise<Tensor>) {
    this.#run = run;
  }

  static async of(model: Model): Promise<GatedTiny> {
    const graph = buildGraph(model.architecture, { batch: SAMPLES, height: SIDE, width: SIDE, outputs: ["logits"] });
    const { graph: withGates, sites } = gated(graph, groups(model.architecture));
    const executable = await model.compile(optimize(withGates));
    const input = tinyPictures();
    return new GatedTiny(async (openings) => {
      const { logits } = await executable.run({ input, ...gateInputs(sites, openings) });
      return logits;
    });
  }

  async logits(open: Openings): Promise<number[][]> {
    return this.logitsEach(Array.from({ length: SAMPLES }, () => open));
  }

  async logitsEach(openings: readonly Openings[]): Promise<number[][]> {
    const { data } = await this.#run(openings);
    return Array.from({ length: SAMPLES }, (_, n) => Array.from(data.subarray(n * CLASSES, (n + 1) * CLASSES)));
  }

  /** The cross entropy of every picture. */
  async losses(open: Openings): Promise<number[]> {
    const labels = tinyLabels();
    return (await this.logits(open)).map((row, n) => {
      return Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[labels[n]];
    });
  }
}

const models = new Map<TinyName, Promise<Model>>(TINY.map((name) => [name, tinyModel(name)]));
afterAll(async () => {
  for (const model of models.values()) await (await model).dispose();
});

async function tiny(name: TinyName): Promise<GatedTiny> {
  return GatedTiny.of(await (models.get(name) as Promise<Model>));
}

function sitesOf(name: TinyName): readonly GateSite[] {
  const architecture = tinyNetwork(name);
  const graph = buildGraph(architecture, { batch: 1, height: SIDE, width: SIDE, outputs: ["logits"] });
  return gated(graph, groups(architecture)).sites;
}

/** 1 everywhere but at one channel. */
function only(width: number, channel: number, factor: number): number[] {
  return Array.from({ length: width }, (_, c) => (c === channel ? factor : 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe.each(TINY)("%s", (name) => {
  // 10
  test("all open, has the golden logits and losses", async () => {
    const network = await tiny(name);
    const logits = await network.logits(new Map());
    for (const [n, row] of taylor[name].logits.entries()) expect(apart(logits[n], row)).toBeLessThan(1e-9);
    expect(apart(await network.losses(new Map()), taylor[name].losses)).toBeLessThan(1e-9);
  });

  // 10
  test("without the first and the last channel of any group, has the golden loss", async () => {
    const network = await tiny(name);
    for (const [group, { channels, lossWithout }] of Object.entries(taylor[name].groups)) {
      for (const channel of new Set([0, channels - 1])) {
        const loss = mean(await network.losses(new Map([[group, only(channels, channel, 0)]])));
        expect(Math.abs(loss - lossWithout[channel]), `${group}, ${channel}`).toBeLessThan(1e-9);
      }
    }
  });

  // 10
  test("has the golden derivatives as central differences", async () => {
    const network = await tiny(name);
    const step = 1e-4; // errors of step² and of 1e-16 / step
    for (const [group, { channels, derivative }] of Object.entries(taylor[name].groups)) {
      const channel = Math.floor(channels / 2);
      const at = (factor: number): Promise<number[]> =>
        network.losses(new Map([[group, only(channels, channel, factor)]]));
      const [more, less] = [await at(1 + step), await at(1 - step)];
      const differences = more.map((loss, n) => (loss - less[n]) / (2 * step));
      expect(
        apart(
          differences,
          derivative.map((row) => row[channel]),
        ),
        group,
      ).toBeLessThan(1e-6);
    }
  });

  // 9
  test.each(Object.keys(pruned[name].plans))("closed as pruned (%s), has the pruned network's logits", async (plan) => {
    const { keep = {}, removed = [], logits: expected } = pruned[name].plans[plan];
    const widths = new Map(groups(tinyNetwork(name)).map((group) => [group.name, group.width]));
    const open = new Map([
      ...Object.entries(keep).map(([group, kept]): [string, number[]] => {
        return [group, Array.from({ length: widths.get(group) ?? 0 }, (_, c) => (kept.includes(c) ? 1 : 0))];
      }),
      ...removed.map((block): [string, number[]] => [`${block}.block`, [0]]),
    ]);
    const logits = await (await tiny(name)).logits(open);
    for (const [n, row] of expected.entries()) expect(apart(logits[n], row)).toBeLessThan(1e-12);
  });

  test("has a gate of its own for every picture", async () => {
    const network = await tiny(name);
    const widest = groups(tinyNetwork(name)).reduce((a, b) => (a.width < b.width ? b : a));
    const openings = Array.from({ length: SAMPLES }, (_, n) => new Map([[widest.name, only(widest.width, n, 0)]]));
    const together = await network.logitsEach(openings);
    for (const [n, open] of openings.entries()) expect(together[n]).toEqual((await network.logits(open))[n]);
  });
});

describe("sites", () => {
  test("of v1: a stem behind the depthwise norm, streams on branches and behind depthwise norms within", () => {
    const of = (group: string): string[] => sitesOf("v1").flatMap((site) => (site.group === group ? [site.value] : []));
    expect(of("stem")).toEqual(["blocks.0.0.bn1"]);
    expect(of("blocks.0.stream")).toEqual(["blocks.0.0.bn2", "blocks.0.1.bn1", "blocks.0.1.bn2"]);
    expect(of("blocks.1.stream")).toEqual(["blocks.1.0.bn3", "blocks.1.1.bn3"]);
    expect(of("blocks.1.0.expanded")).toEqual(["blocks.1.0.bn2"]);
    expect(of("blocks.1.0.squeeze")).toEqual(["blocks.1.0.se.conv_reduce"]);
    expect(of("head")).toEqual(["bn2"]);
  });

  test("of v2: the stem's activation within a stream, fused and plain blocks", () => {
    const of = (group: string): string[] => sitesOf("v2").flatMap((site) => (site.group === group ? [site.value] : []));
    expect(of("blocks.0.stream")).toEqual(["bn1", "blocks.0.0.bn1", "blocks.0.1.bn1"]);
    expect(of("blocks.1.1.expanded")).toEqual(["blocks.1.1.bn1"]);
    expect(of("blocks.1.stream")).toEqual(["blocks.1.0.bn2", "blocks.1.1.bn2"]);
  });

  test("of blocks are the ends of their branches", () => {
    const blocks = (name: TinyName): string[] =>
      sitesOf(name).flatMap(({ block, value }) => (block === null ? [] : [`${block} ${value}`]));
    expect(blocks("v1")).toEqual([
      "blocks.0.1.block blocks.0.1.bn2",
      "blocks.1.1.block blocks.1.1.bn3",
      "blocks.2.1.block blocks.2.1.bn3",
    ]);
    expect(blocks("v2")).toEqual([
      "blocks.0.0.block blocks.0.0.bn1",
      "blocks.0.1.block blocks.0.1.bn1",
      "blocks.1.1.block blocks.1.1.bn2",
      "blocks.2.1.block blocks.2.1.bn3",
    ]);
  });
});
