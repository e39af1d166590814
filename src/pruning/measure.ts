// The latency table of this machine. Layers are timed where they run, inside whole networks: with their neighbours' maps in
// the cache and their own weights out of it, with the threads that wait for each other, with all that was fused into them.

import type { Architecture } from "../architecture/architecture.ts";
import type { Backend, ComputingEngine, Executable, Weights } from "../backend/backend.ts";
import { UnsupportedError } from "../errors.ts";
import type { OnProgress, WaitOptions } from "../progress.ts";
import { Random } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { type Axes, axesOf, coveringWidths, withAnyWidths } from "./cover.ts";
import { deepened } from "./deepened.ts";
import { fitted } from "./fit.ts";
import { type LatencyGrid, type LatencyTable, type MeasuredOn, summedLatency } from "./latency.ts";
import { StandIns } from "./stand-ins.ts";
import { compiledGraph, type LatencyUnit, type Size, unitsOf } from "./units.ts";
import { widthsOf } from "./widths.ts";

export interface MeasureOptions extends WaitOptions, Omit<MeasuredOn, "engine"> {
  /** Computing threads. */
  readonly threads?: number;
  /** Of the widths that are tried. Default 0. */
  readonly seed?: number;
  /** How often all networks are gone through; each is timed `RUNS` times at a stretch. Default 4. */
  readonly passes?: number;
  /** ISO 8601, default now. */
  readonly date?: string;
  /** Milliseconds, for whole runs. Default the platform's. */
  readonly now?: () => number;
}

const PASSES = 4;
const RUNS = 5; // a stretch; 4 × 5 = 20 times of each point at least
const WARM_UPS = 2; // of a stretch: weights are packed and maps touched
/** Networks of random widths that the fit is made on, besides the parent. */
const FITTED = 3;
/** The least share of a group's channels that they have. */
const NARROWEST = 0.25;

/**
 * Times every kind of layer of a network, and of its deeper versions, over a grid of widths (see `nodesUpTo`), then the network itself and three of random
 * widths as wholes, which tell how well the table predicts: `table.fit`. The caller judges the fit (`worstError`).
 *
 * One picture at a time, random weights. Networks take turns, so that a slow minute of the machine meets all widths alike.
 * @param size of the input, pixels
 * @throws UnsupportedError if the backend cannot tell how long ops take
 */
export async function measureLatency(
  backend: Backend,
  a: Architecture,
  size: Size,
  options: MeasureOptions,
): Promise<LatencyTable> {
  const { passes = PASSES, seed = 0, onProgress, signal, machine, versions } = options;
  const whole = deepened(a);
  const parent = unitsOf(whole, size);
  const axes = axesOf(parent);
  const random = new Random(seed, "latency");
  const timed: { readonly architecture: Architecture; readonly units: readonly LatencyUnit[] }[] = [];
  for (const widths of coveringWidths(parent, axes, random)) {
    const architecture = withAnyWidths(whole, widths);
    timed.push({ architecture, units: unitsOf(architecture, size) });
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
  }
  const wholes = wholeNetworks(a, random);
  const samples = new Samples(axes);
  const wholeMs = wholes.map((): number[] => []);
  const bench = await Bench.open(backend, options, whole);
  try {
    const count = counter("measure", passes * (timed.length + wholes.length), onProgress);
    for (let pass = 0; pass < passes; pass++) {
      for (const [i, each] of wholes.entries()) {
        wholeMs[i].push(...(await bench.wholeTimes(each.architecture, size)));
        count();
      }
      for (const { architecture, units } of timed) {
        for (const times of await bench.opTimes(architecture, size)) samples.add(units, times);
        count();
      }
    }
    signal?.throwIfAborted();
    const grids = samples.grids();
    const { engine } = bench;
    const networks = wholes.map(({ name, architecture }, i) => {
      const sumMs = summedLatency({ grids, engine }, unitsOf(architecture, size));
      return { name, sumMs, measuredMs: quantile(wholeMs[i], 0.5) };
    });
    return {
      version: 1,
      network: a.name,
      inputSize: { height: size.height, width: size.width },
      machine,
      engine,
      versions,
      date: options.date ?? new Date().toISOString(),
      grids,
      fit: fitted(networks),
    };
  } finally {
    await bench.dispose();
  }
}

/** Whole networks timed one after the other, from the caller's thread and back. */
export class WholeNetworks {
  readonly #bench: Bench;

  /** @throws UnsupportedError as `measureLatency` */
  static async open(backend: Backend, options: BenchOptions = {}): Promise<WholeNetworks> {
    return new WholeNetworks(await Bench.open(backend, options));
  }

  private constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Median ms of one picture, of `PASSES` · `RUNS` runs. */
  async time(a: Architecture, size: Size): Promise<number> {
    return quantile(await this.#bench.wholeTimes(a, size, PASSES * RUNS), 0.5);
  }

  dispose(): Promise<void> {
    return this.#bench.dispose();
  }
}

/** The network as it is, and some that are narrower at random, in multiples of 8: none of them is one that was timed. */
function wholeNetworks(a: Architecture, random: Random): { name: string; architecture: Architecture }[] {
  const narrower = Array.from({ length: FITTED }, (_, i) => {
    const widths = new Map<string, number>();
    for (const [group, width] of widthsOf(a)) {
      if (group.endsWith(".block")) continue;
      const wanted = random.uniform(NARROWEST, 1) * width;
      widths.set(group, Math.min(Math.max(8, Math.round(wanted / 8) * 8), width));
    }
    return { name: `${a.name}, random widths ${i + 1}`, architecture: withAnyWidths(a, widths) };
  });
  return [{ name: a.name, architecture: a }, ...narrower];
}

type BenchOptions = Pick<MeasureOptions, "threads" | "signal" | "now">;

/** Loaded weights that are exchanged for those of the network that is timed next. */
class Bench {
  readonly engine: ComputingEngine;
  readonly #weights: Weights;
  readonly #standIns: StandIns;
  readonly #now: () => number;
  readonly #signal: AbortSignal | undefined;

  /** @param largest about the largest network there will be, for which memory is set aside */
  static async open(backend: Backend, options: BenchOptions, largest?: Architecture): Promise<Bench> {
    const { threads, signal } = options;
    signal?.throwIfAborted();
    const standIns = new StandIns();
    const weights = await backend.load(largest === undefined ? new Map() : standIns.of(largest), {
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (weights.engine === undefined) {
      await weights.dispose();
      throw new UnsupportedError(`backend ${backend.name} cannot tell how long its layers take. Measure with wasm.`);
    }
    return new Bench(weights, weights.engine, standIns, options);
  }

  private constructor(weights: Weights, engine: ComputingEngine, standIns: StandIns, { signal, now }: BenchOptions) {
    this.engine = engine;
    this.#weights = weights;
    this.#standIns = standIns;
    this.#signal = signal;
    this.#now = now ?? (() => performance.now());
  }

  /** ms of every op of `compiledGraph`, `RUNS` times. */
  opTimes(a: Architecture, size: Size): Promise<Float64Array[]> {
    return this.#compiled(a, size, async (executable, input) => {
      const { times } = executable;
      if (times === undefined) throw new UnsupportedError(`${this.engine.backend} does not time layers.`);
      return this.#repeated(RUNS, () => times.call(executable, input));
    });
  }

  /** ms of whole runs. */
  wholeTimes(a: Architecture, size: Size, runs = RUNS): Promise<number[]> {
    return this.#compiled(a, size, (executable, input) =>
      this.#repeated(runs, async () => {
        const start = this.#now();
        await executable.run(input);
        return this.#now() - start;
      }),
    );
  }

  dispose(): Promise<void> {
    return this.#weights.dispose();
  }

  /** After warm-ups. */
  async #repeated<T>(runs: number, run: () => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (let i = -WARM_UPS; i < runs; i++) {
      this.#signal?.throwIfAborted();
      const result = await run();
      if (i >= 0) results.push(result);
    }
    return results;
  }

  async #compiled<T>(
    a: Architecture,
    size: Size,
    use: (executable: Executable, input: Record<string, Tensor>) => Promise<T>,
  ): Promise<T> {
    this.#signal?.throwIfAborted();
    await this.#weights.replace(this.#standIns.of(a));
    const executable = await this.#weights.compile(compiledGraph(a, size));
    const shape = [1, size.height, size.width, a.inChannels];
    const data = new Float32Array(size.height * size.width * a.inChannels).fill(0.5);
    try {
      return await use(executable, { input: { shape, data } });
    } finally {
      await executable.dispose();
    }
  }
}

/** Times of every point of the axes. */
class Samples {
  readonly #axes: ReadonlyMap<string, Axes>;
  readonly #ms = new Map<string, number[]>();

  constructor(axes: ReadonlyMap<string, Axes>) {
    this.#axes = axes;
  }

  /** One run of a network; what lies between the nodes is left out. */
  add(units: readonly LatencyUnit[], times: Float64Array): void {
    for (const [i, { text, inputs, outputs }] of units.entries()) {
      const axes = this.#axes.get(text);
      if (axes === undefined || !axes.outputs.includes(outputs)) continue;
      if (axes.inputs.length > 0 && !axes.inputs.includes(inputs)) continue;
      const point = pointAt(text, axes.inputs.length > 0 ? inputs : null, outputs);
      const kept = this.#ms.get(point);
      if (kept === undefined) this.#ms.set(point, [times[i]]);
      else kept.push(times[i]);
    }
  }

  grids(): LatencyGrid[] {
    return [...this.#axes].map(([text, { key, inputs, outputs }]) => {
      const rows = inputs.length > 0 ? inputs : [null];
      const over = (each: (ms: readonly number[]) => number): number[][] =>
        rows.map((row) => outputs.map((column) => each(this.#ms.get(pointAt(text, row, column)) as number[])));
      const counts = over((ms) => ms.length).flat();
      return {
        key,
        inputs,
        outputs,
        medians: over((ms) => quantile(ms, 0.5)),
        spreads: over((ms) => quantile(ms, 0.75) - quantile(ms, 0.25)),
        samples: Math.min(...counts),
      };
    });
  }
}

function pointAt(text: string, inputs: number | null, outputs: number): string {
  return `${text} ${inputs} ${outputs}`;
}

/** Between the two nearest of the sorted values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

function counter(stage: string, total: number, onProgress: OnProgress | undefined): () => void {
  let done = 0;
  onProgress?.({ stage, done, total, unit: "networks" });
  return () => onProgress?.({ stage, done: ++done, total, unit: "networks" });
}
