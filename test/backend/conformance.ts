// What every backend must do: one suite, run by each backend's own test file. Expected values come from naive.ts.
// Widths, maps and batches stand around the tiles of kernels (8 channels, 6 pixels), where kernels break.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend, Executable, Weights } from "#effnet/backend/backend.js";
import { DisposedError, FileError, ShapeError } from "#effnet/errors.js";
import { optimize } from "#effnet/graph/passes.js";
import { Random } from "#effnet/random.js";
import { elements, type StateDict, type Tensor } from "#effnet/tensor.js";
import { difference, type Tolerance } from "./compare.ts";
import { naive } from "./naive.ts";
import { ACTIVATIONS, GraphMaker, graphOfChoices, type SmallGraph, type WindowOptions } from "./small-graphs.ts";

export interface ConformanceOptions {
  /** For one op or a few; results are of order 1 to 10. */
  readonly tolerance: Tolerance;
  /** For `load`; default: the backend's own. */
  readonly threads?: number;
  /** Tests by their exact names that this backend may not pass yet, and why. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
}

const WIDTHS = [1, 7, 8, 9, 43, 48];
// biome-ignore format: one line
const MAPS = [[1, 1], [1, 5], [3, 2], [7, 7], [8, 9], [17, 13]] as const;
const PADDINGS = ["same", "symmetric", "none", "uneven"] as const;
const FLOAT32_NORMAL = 2 ** -126;

/** Defines the suite's tests for one backend. */
export function conformance(backend: Backend, { tolerance, threads, skip = [] }: ConformanceOptions): void {
  const names: string[] = [];

  /** A test that the backend may skip with a reason. */
  const claim = (name: string, body: () => Promise<void>): void => {
    names.push(name);
    test(name, async (context) => {
      const skipped = skip.find((entry) => entry.test === name);
      if (skipped !== undefined) context.skip(skipped.reason);
      await body();
    });
  };

  const load = (parameters: StateDict): Promise<Weights> =>
    backend.load(parameters, threads === undefined ? {} : { threads });

  /** Loads, compiles, hands over, and disposes. */
  const withExecutable = async (
    { graph, parameters }: SmallGraph,
    use: (executable: Executable, weights: Weights) => Promise<void>,
  ): Promise<void> => {
    const weights = await load(parameters);
    try {
      await use(await weights.compile(graph), weights);
    } finally {
      await weights.dispose();
    }
  };

  describe(`${backend.name}: numbers`, () => {
    const all: StateDict = new Map();
    let weights: Weights;
    beforeAll(async () => {
      weights = await load(all);
    });
    afterAll(() => weights?.dispose());

    /** Every graph of a list, all over one set of weights, compared output by output. */
    const agrees = (name: string, graphs: readonly SmallGraph[], allowed = tolerance): void => {
      for (const { parameters } of graphs) for (const [tensor, numbers] of parameters) all.set(tensor, numbers);
      claim(name, async () => {
        const wrong: string[] = [];
        for (const small of graphs) wrong.push(...(await differences(small, weights, allowed)));
        expect(wrong).toEqual([]);
      });
    };

    for (const kernel of [1, 3, 5]) {
      for (const stride of [1, 2]) {
        for (const padding of PADDINGS) {
          const of = `${kernel}×${kernel}, stride ${stride}, padding ${padding}`;
          agrees(`convolution ${of}: every pair of widths`, convolutions({ kernel, stride, padding }));
          agrees(`depthwise ${of}: every width on every map`, depthwises({ kernel, stride, padding }));
        }
      }
    }
    agrees("linear: every pair of widths, weights of two and of four axes", linears());
    agrees("norm of maps and of vectors", norms());
    agrees("every activation alone, of maps and of vectors", activations());
    agrees("mean over every map", pools());
    agrees("gate on every map and on vectors", gates());
    agrees("sum of two maps, of two vectors, and of a map with itself", sums());
    agrees("a result that is an output and is read again", [readTwice()]);
    agrees("an input that is an output", [inputAsOutput()]);
    agrees("squeeze-and-excitation inside a block with a skip, unfused and fused", [block(), fused(block())]);
    agrees("80 random graphs, unfused and fused", randomGraphs(80), loosened(tolerance, 10));
    agrees("NaN stays where it is: in its windows, its channel, its picture", notNumbers());

    claim("no activation makes a denormal of a number of 1e-30 or more, and small results are right", async () => {
      for (const small of denormals()) {
        const [y] = Object.values(await run(small, weights));
        const [expected] = Object.values(naive(small.graph, small.parameters, small.inputs));
        const [x] = Object.values(small.inputs);
        const made = [...y.data].filter((_, i) => Math.abs(x.data[i]) >= 1e-30);
        const isFloat32 = y.data instanceof Float32Array; // in float64 they are numbers like others
        expect(made.filter((value) => isFloat32 && value !== 0 && Math.abs(value) < FLOAT32_NORMAL)).toEqual([]);
        // The engine's sigmoid is right to 7e-6 of itself down to 2^−100.
        const off = [...expected.data].filter(
          (value, i) => !(Math.abs(y.data[i] - value) <= 1e-27 + 1e-5 * Math.abs(value)),
        );
        expect(off).toEqual([]);
      }
    });
    for (const { parameters } of denormals()) for (const [tensor, numbers] of parameters) all.set(tensor, numbers);

    const tiny = tinyWeight();
    for (const [tensor, numbers] of tiny.parameters) all.set(tensor, numbers);
    claim("a weight below 1e-30 counts as 0", async () => {
      const { v0 } = await run(tiny, weights);
      expect([...v0.data]).toEqual([0, expect.closeTo(1, 5)]);
    });

    claim("a picture alone and inside a batch gives the same bits", async () => {
      const five = block(5);
      for (const [tensor, numbers] of five.parameters) all.set(tensor, numbers);
      const together = await run(five, weights);
      for (let n = 0; n < 5; n++) {
        const one = block(1);
        const x = pictureOf(five.inputs["x0"], n);
        const executable = await weights.compile(one.graph);
        const alone = await executable.run({ x0: x });
        await executable.dispose();
        for (const name of one.graph.outputs) expect(pictureOf(together[name], n).data).toEqual(alone[name].data);
      }
    });
    for (const [tensor, numbers] of block(5).parameters) all.set(tensor, numbers);
  });

  describe(`${backend.name}: manners`, () => {
    claim("an input of another shape, too short, or missing is a ShapeError that names it", async () => {
      await withExecutable(block(), async (executable) => {
        const data = new Float32Array(2 * 7 * 6 * 12);
        await expect(executable.run({ x0: { shape: [1, 6, 7, 12], data } })).rejects.toThrow(ShapeError);
        await expect(executable.run({ x0: { shape: [2, 6, 7, 12], data } })).rejects.toThrow(
          "x0: expected [2, 7, 6, 12], got [2, 6, 7, 12]",
        );
        await expect(executable.run({ x0: { shape: [2, 7, 6, 12], data: data.subarray(1) } })).rejects.toThrow(
          ShapeError,
        );
        await expect(executable.run({})).rejects.toThrow(ShapeError);
      });
    });

    claim("a missing tensor, or one of another shape, is a FileError that names it", async () => {
      const { graph, parameters } = block();
      const name = "block/v0.weight";
      const missing = new Map(parameters);
      missing.delete(name);
      const turned = new Map(parameters).set(name, { shape: [12, 20, 1, 1], data: new Float32Array(240) });
      for (const numbers of [missing, turned]) {
        for (const each of [graph, optimize(graph)]) {
          const weights = await load(numbers);
          const refused = weights.compile(each);
          await expect(refused).rejects.toThrow(FileError);
          await expect(refused).rejects.toThrow(`tensor "${name}"`);
          await weights.dispose();
        }
      }
    });

    claim("a compile that was refused leaves the weights usable", async () => {
      const { parameters } = block();
      const weights = await load(parameters);
      const other = new GraphMaker("elsewhere");
      await expect(weights.compile(other.done(other.norm(other.input([1, 2, 2, 3]))).graph)).rejects.toThrow(FileError);
      expect(await differences(block(), weights, tolerance)).toEqual([]);
      await weights.dispose();
    });

    claim(
      "after dispose() every call is a DisposedError, runs in flight too, and dispose() again is fine",
      async () => {
        const small = block();
        const weights = await load(small.parameters);
        const executable = await weights.compile(small.graph);
        const inFlight = expect(executable.run(small.inputs)).rejects.toThrow(DisposedError);
        await weights.dispose();
        await inFlight;
        await expect(executable.run(small.inputs)).rejects.toThrow(DisposedError);
        await expect(weights.compile(small.graph)).rejects.toThrow(DisposedError);
        await executable.dispose();
        await weights.dispose();
      },
    );

    claim("a disposed executable leaves others over the same weights alone", async () => {
      await withExecutable(block(), async (executable, weights) => {
        const other = await weights.compile(optimize(block().graph));
        await executable.dispose();
        await executable.dispose();
        await expect(executable.run(block().inputs)).rejects.toThrow(DisposedError);
        const { graph, parameters, inputs } = block();
        const expected = naive(graph, parameters, inputs);
        const got = await other.run(inputs);
        for (const name of graph.outputs) expect(difference(got[name], expected[name], tolerance)).toBeNull();
      });
    });

    claim("an aborted signal ends load() with its reason", async () => {
      const reason = new Error("changed my mind");
      await expect(backend.load(block().parameters, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    claim("inputs are read at once and left alone; outputs are fresh each time", async () => {
      await withExecutable(block(), async (executable) => {
        const { x0 } = block().inputs;
        const mine = { shape: x0.shape, data: x0.data.slice() };
        const running = executable.run({ x0: mine });
        mine.data.fill(0); // the caller's again
        const first = await running;
        const kept = Object.fromEntries(Object.entries(first).map(([name, { data }]) => [name, data.slice()]));
        const second = await executable.run({ x0 });
        for (const name of Object.keys(kept)) expect(second[name].data).toEqual(kept[name]);
        for (const { data } of Object.values(second)) data.fill(7);
        await executable.run({ x0: mine });
        for (const name of Object.keys(kept)) expect(first[name].data).toEqual(kept[name]);
        expect(mine.data.every((value) => value === 0)).toBe(true);
      });
    });

    claim("float64 inputs give what their float32 values give", async () => {
      await withExecutable(block(), async (executable) => {
        const { x0 } = block().inputs;
        const narrow = await executable.run({ x0 });
        const wide = await executable.run({ x0: { shape: x0.shape, data: Float64Array.from(x0.data) } });
        for (const name of Object.keys(narrow)) expect(wide[name].data).toEqual(narrow[name].data);
      });
    });

    claim("runs that were not awaited each answer from their own input", async () => {
      await withExecutable(block(), async (executable) => {
        const { x0 } = block().inputs;
        const scaled = [1, -1, 0.5].map((by) => ({ shape: x0.shape, data: x0.data.map((value) => value * by) }));
        const together = await Promise.all(scaled.map((x) => executable.run({ x0: x })));
        for (const [i, x] of scaled.entries()) expect(together[i]).toEqual(await executable.run({ x0: x }));
      });
    });

    test("every test that is skipped exists", () => {
      expect(skip.map((entry) => entry.test).filter((name) => !names.includes(name))).toEqual([]);
    });
  });
}

async function run({ graph, inputs }: SmallGraph, weights: Weights): Promise<Record<string, Tensor>> {
  const executable = await weights.compile(graph);
  try {
    return await executable.run(inputs);
  } finally {
    await executable.dispose();
  }
}

/** One line for each output that is off. */
async function differences(small: SmallGraph, weights: Weights, tolerance: Tolerance): Promise<string[]> {
  const { graph, parameters, inputs } = small;
  const got = await run(small, weights);
  const expected = naive(graph, parameters, inputs);
  expect(Object.keys(got)).toEqual([...graph.outputs]);
  return graph.outputs.flatMap((name) => {
    const found = difference(got[name], expected[name], tolerance);
    return found === null ? [] : [`${shownOps(small)}: ${name}${found}`];
  });
}

/** Ops with the shapes that enter them, for a failure's message. */
function shownOps({ graph, inputs }: SmallGraph): string {
  const shape = (name: string): string => (inputs[name] ?? graph.values.get(name)).shape.join("×");
  return graph.ops.map((op) => `${op.op}(${op.x} ${shape(op.x)}) → ${shape(op.y)}`).join(", ");
}

function loosened({ absolute = 0, relative = 0 }: Tolerance, by: number): Tolerance {
  return { absolute: absolute * by, relative: relative * by };
}

/** 36 pairs of widths; map, batch, bias, residual and activation go round beside them. */
function convolutions(window: Pick<WindowOptions, "kernel" | "stride" | "padding">): SmallGraph[] {
  return WIDTHS.flatMap((inputs, i) =>
    WIDTHS.map((outputs, o) => {
      const turn = i * WIDTHS.length + o;
      const [height, width] = MAPS[(i + o) % MAPS.length];
      const maker = new GraphMaker(`convolution ${Object.values(window)} ${inputs} ${outputs}`);
      const x = maker.input([batchFor(height, turn), height, width, inputs]);
      const options = { ...window, hasBias: turn % 2 === 0, activation: ACTIVATIONS[turn % 5] };
      const shape = maker.shapeOf(maker.convolution(x, outputs, { ...options, residual: null }));
      const residual = turn % 3 === 0 ? null : maker.input(shape);
      return maker.done(maker.convolution(x, outputs, { ...options, residual }));
    }),
  );
}

/** 36 of width and map. */
function depthwises(window: Pick<WindowOptions, "kernel" | "stride" | "padding">): SmallGraph[] {
  return WIDTHS.flatMap((channels, i) =>
    MAPS.map(([height, width], m) => {
      const turn = i * MAPS.length + m;
      const maker = new GraphMaker(`depthwise ${Object.values(window)} ${channels} ${height}`);
      const x = maker.input([batchFor(height, turn), height, width, channels]);
      return maker.done(maker.depthwise(x, { ...window, hasBias: turn % 2 === 0, activation: ACTIVATIONS[turn % 5] }));
    }),
  );
}

function linears(): SmallGraph[] {
  return [...WIDTHS, 200].flatMap((inputs, i) =>
    [...WIDTHS, 1000].map((outputs, o) => {
      const turn = i * 7 + o;
      const maker = new GraphMaker(`linear ${inputs} ${outputs}`);
      const options = { hasBias: turn % 2 === 0, activation: ACTIVATIONS[turn % 5], isMap: turn % 3 === 0 };
      return maker.done(maker.linear(maker.input([1 + (turn % 5), inputs]), outputs, options));
    }),
  );
}

function norms(): SmallGraph[] {
  return shapes().map((shape) => {
    const maker = new GraphMaker(`norm ${shape}`);
    return maker.done(maker.norm(maker.input(shape)));
  });
}

function activations(): SmallGraph[] {
  return shapes().map((shape) => {
    const maker = new GraphMaker(`activate ${shape}`);
    const stream = new Random(8, "activate", ...shape);
    const x = maker.input(
      shape,
      Float32Array.from({ length: elements(shape) }, () => stream.uniform(-12, 12)),
    );
    return maker.done(
      ...ACTIVATIONS.flatMap((activation) => (activation === null ? [] : [maker.activate(x, activation)])),
    );
  });
}

function pools(): SmallGraph[] {
  return maps().map((shape) => {
    const maker = new GraphMaker(`pool ${shape}`);
    return maker.done(maker.meanPool(maker.input(shape)));
  });
}

function gates(): SmallGraph[] {
  return shapes().map((shape) => {
    const maker = new GraphMaker(`gate ${shape}`);
    return maker.done(maker.gate(maker.input(shape), maker.input([shape[0], shape[shape.length - 1]])));
  });
}

function sums(): SmallGraph[] {
  return shapes().map((shape) => {
    const maker = new GraphMaker(`add ${shape}`);
    const x = maker.input(shape);
    return maker.done(maker.add(x, maker.input(shape)), maker.add(x, x));
  });
}

/** Every width on every map. */
function maps(): [number, number, number, number][] {
  return WIDTHS.flatMap((c, i) =>
    MAPS.map(([h, w], m): [number, number, number, number] => [batchFor(h, i + m), h, w, c]),
  );
}

function shapes(): number[][] {
  return [...maps(), ...WIDTHS.map((c, i) => [1 + (i % 5), c])];
}

/** 1 … 5 pictures, 1 or 2 of the largest map. */
function batchFor(height: number, turn: number): number {
  return 1 + (turn % (height > 8 ? 2 : 5));
}

function readTwice(): SmallGraph {
  const maker = new GraphMaker("twice");
  const x = maker.input([2, 7, 6, 9]);
  const plain = { kernel: 3, stride: 1, padding: "same", hasBias: true, activation: null } as const;
  const first = maker.convolution(x, 9, { ...plain, residual: null });
  const active = maker.activate(first, "silu"); // works on an output, which must stay
  const second = maker.depthwise(active, { ...plain, kernel: 5 });
  const third = maker.convolution(active, 9, { ...plain, kernel: 1, residual: second });
  return maker.done(third, first, active, maker.add(x, first));
}

function inputAsOutput(): SmallGraph {
  const maker = new GraphMaker("input as output");
  const x = maker.input([2, 3, 4, 9]);
  return maker.done(x, maker.activate(x, "relu"));
}

/** Expand, depthwise, se, project, skip; three outputs. Results are called v0, v1, … */
function block(batch = 2): SmallGraph {
  const maker = new GraphMaker("block");
  const x = maker.input([batch, 7, 6, 12]);
  const plain = { kernel: 1, stride: 1, padding: "same", hasBias: false, activation: null } as const;
  const expanded = maker.activate(maker.norm(maker.convolution(x, 20, { ...plain, residual: null })), "silu");
  const deep = maker.activate(maker.norm(maker.depthwise(expanded, { ...plain, kernel: 3 })), "silu");
  const squeezed = maker.linear(maker.meanPool(deep), 5, { hasBias: true, activation: null, isMap: true });
  const gate = maker.linear(maker.activate(squeezed, "silu"), 20, { hasBias: true, activation: null, isMap: true });
  const gated = maker.gate(deep, maker.activate(gate, "sigmoid"));
  const projected = maker.norm(maker.convolution(gated, 12, { ...plain, residual: null }));
  return maker.done(maker.add(projected, x), deep, maker.activate(projected, "relu6"));
}

function fused(small: SmallGraph): SmallGraph {
  return { ...small, graph: optimize(small.graph) };
}

function randomGraphs(count: number): SmallGraph[] {
  return Array.from({ length: count }, (_, i) => {
    const stream = new Random(8, "graph", i);
    const small = graphOfChoices(
      Array.from({ length: 60 }, () => stream.below(1000)),
      `random ${i}`,
    );
    return [small, fused(small)];
  }).flat();
}

/** One NaN in the second of three pictures, on its way through every op. */
function notNumbers(): SmallGraph[] {
  const nan = (shape: readonly number[], index: number): Float32Array =>
    Float32Array.from({ length: elements(shape) }, (_, i) => (i === index ? Number.NaN : (i % 7) - 3));
  const map = [3, 6, 5, 9];
  const pixel = 6 * 5 * 9 + (3 * 5 + 2) * 9 + 4;
  const through = (key: string, use: (maker: GraphMaker, x: string) => string): SmallGraph => {
    const maker = new GraphMaker(`nan ${key}`);
    return maker.done(use(maker, maker.input(map, nan(map, pixel))));
  };
  const window = { kernel: 3, stride: 1, padding: "same", hasBias: true } as const;
  return [
    ...ACTIVATIONS.flatMap((activation) => [
      through(`convolution ${activation}`, (maker, x) =>
        maker.convolution(x, 7, { ...window, activation, residual: null }),
      ),
      through(`depthwise ${activation}`, (maker, x) => maker.depthwise(x, { ...window, activation })),
      through(`linear ${activation}`, (maker, x) => maker.linear(maker.meanPool(x), 7, { hasBias: true, activation })),
    ]),
    ...(["silu", "relu", "relu6", "sigmoid"] as const).map((activation) =>
      through(`activate ${activation}`, (maker, x) => maker.activate(x, activation)),
    ),
    through("norm", (maker, x) => maker.norm(x)),
    through("gate", (maker, x) => maker.gate(x, maker.meanPool(x))),
    through("add", (maker, x) => maker.add(x, x)),
    through("residual", (maker, x) =>
      maker.convolution(maker.norm(x), 9, { ...window, activation: "relu", residual: x }),
    ),
  ];
}

/** Values from denormal to large, through every activation, alone and after a linear layer that copies them. */
function denormals(): SmallGraph[] {
  const sizes = [1e-45, 1e-42, 1e-38, 1.2e-38, 1e-35, 1e-31, 1e-29, 1e-20, 1e-3, 1, 10, 50, 80, 87, 88, 95, 104, 200];
  const data = Float32Array.from(sizes.flatMap((size) => [size, -size]));
  const identity = Float32Array.from({ length: data.length ** 2 }, (_, i) => (i % (data.length + 1) === 0 ? 1 : 0));
  return (["silu", "relu", "relu6", "sigmoid"] as const).flatMap((activation) => {
    const alone = new GraphMaker("denormals");
    const map = new GraphMaker("denormals");
    const x = map.input([1, 1, 1, data.length], data);
    const weight = map.parameter("identity", [data.length, data.length, 1, 1], identity);
    const window = {
      kernel: 1,
      stride: 1,
      padding: "same",
      hasBias: false,
      activation,
      residual: null,
      weight,
    } as const;
    return [
      alone.done(alone.activate(alone.input([1, data.length], data), activation)),
      map.done(map.convolution(x, data.length, window)),
    ];
  });
}

/** 1e31 · 1e-31, and 1e29 · 1e-29. */
function tinyWeight(): SmallGraph {
  const maker = new GraphMaker("tiny");
  const x = maker.input([1, 1, 1, 2], Float32Array.of(1e31, 1e29));
  const weight = maker.parameter("weight", [2, 2, 1, 1], Float32Array.of(1e-31, 0, 0, 1e-29));
  const window = { kernel: 1, stride: 1, padding: "same", hasBias: false, activation: null, residual: null } as const;
  return maker.done(maker.convolution(x, 2, { ...window, weight }));
}

function pictureOf({ shape, data }: Tensor, n: number): Tensor {
  const size = data.length / shape[0];
  return { shape: [1, ...shape.slice(1)], data: data.slice(n * size, (n + 1) * size) };
}
