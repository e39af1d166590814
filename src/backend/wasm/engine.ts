// One thread's half of the backend: an instance over the engine's memory and the weights as they were given; for the first
// thread (the lead) also who lies where: packed weights, the programs' constants and the arenas. Knows nothing of messages.

import { assert } from "../../errors.ts";
import type { Graph, ParameterSource } from "../../graph/ops.ts";
import { elements, type StateDict } from "../../tensor.ts";
import { type Numbers, resolveParameter, scaledWeight, storedTensor } from "../parameters.ts";
import { Allocator } from "./allocator.ts";
import { waitForAll } from "./barrier.ts";
import { compile } from "./compile.ts";
import { instantiate, type Kernels, RESERVED_BYTES } from "./kernels.ts";
import { PITCH, roundUp } from "./layout.ts";
import { type Packing, packPanels, packTaps, panelFloats, type Room, scratchBytes } from "./pack.ts";
import { type BoundProgram, bind, execute, type Program } from "./program.ts";
import { executeTimed } from "./timed.ts";
import { readPort, writePort } from "./transfer.ts";

/** What every thread of one engine shares. */
export interface EngineParts {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Of `barrierCells`; null for a single thread. */
  readonly cells: Int32Array | null;
  /** 0 is the lead. */
  readonly thread: number;
  readonly threads: number;
  /** Loads before a waiting thread sleeps. */
  readonly spins: number;
}

/** Weights that the lead has found room for and all threads pack; `scratch` bytes at `scratchAt` for each thread. */
export interface PackingWork {
  readonly packings: readonly Packing[];
  readonly scratchAt: number;
  readonly scratch: number;
}

/** Whole batches by port name, `[n, …]` without gaps. */
export type Batch = Readonly<Record<string, Float32Array>>;

export class Engine {
  readonly #parts: EngineParts;
  readonly #kernels: Kernels;
  readonly #allocator: Allocator;
  readonly #packed = new Map<string, number>();
  #unpacked: Packing[] = [];
  readonly #programs = new Map<number, { readonly program: Program; readonly constants: readonly number[] }>();
  #parameters: StateDict = new Map();
  #arenas: { bytes: number; addresses: number[] } = { bytes: 0, addresses: [] };
  #bound = new Map<string, BoundProgram>();
  #floats: Float32Array;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#kernels = instantiate(parts.module, parts.memory);
    this.#allocator = new Allocator(parts.memory, RESERVED_BYTES);
    this.#floats = new Float32Array(parts.memory.buffer);
  }

  /** What trainers share with the engine: the threads and where they meet, but neither kernels nor memory. */
  get trainingParts(): Omit<EngineParts, "module" | "memory"> {
    const { cells, thread, threads, spins } = this.#parts;
    return { cells, thread, threads, spins };
  }

  /** The numbers that graphs name. They are packed when a graph first needs them; graphs compiled before must be compiled anew. */
  load(parameters: StateDict): void {
    for (const address of this.#packed.values()) this.#allocator.free(address);
    this.#packed.clear();
    this.#parameters = parameters;
  }

  /**
   * Lead: compiles under a key. The program can run once all threads have done the packing, null if there is none.
   * @throws FileError for a parameter that is missing or does not fit; EngineError if memory runs out
   */
  compile(key: number, graph: Graph): { readonly program: Program; readonly packing: PackingWork | null } {
    const constants: number[] = [];
    try {
      const program = this.#lower(graph, constants);
      this.#reserveArenas(program);
      this.#programs.set(key, { program, constants });
      return { program, packing: this.#packingWork() };
    } catch (error) {
      for (const address of constants) this.#allocator.free(address);
      throw error;
    }
  }

  /** Packs this thread's share: every thread calls this with the same arguments. Returns when all have done theirs. */
  pack({ packings, scratchAt, scratch }: PackingWork): void {
    const { memory, thread, threads, cells, spins } = this.#parts;
    const at = { kernels: this.#kernels, buffer: memory.buffer };
    for (const packing of packings) {
      const weight = scaledWeight(packing.source, this.#parameters);
      packPanels(packing, weight, at, scratchAt + thread * scratch, [thread, threads]);
    }
    waitForAll(cells, threads, spins);
    if (thread === 0) this.#allocator.free(scratchAt);
  }

  /** Lead: addresses of the arenas; one, or one a thread once a batch was compiled. Programs share them. */
  get arenas(): readonly number[] {
    return this.#arenas.addresses;
  }

  /** Other threads: takes over what the lead compiled. */
  adopt(key: number, program: Program): void {
    this.#programs.set(key, { program, constants: [] });
  }

  /** Forgets a program; its weights stay packed for others. */
  release(key: number): void {
    for (const address of this.#programs.get(key)?.constants ?? []) this.#allocator.free(address);
    this.#programs.delete(key);
    for (const name of [...this.#bound.keys()]) if (name.startsWith(`${key}/`)) this.#bound.delete(name);
  }

  /**
   * Runs a batch: every thread calls this with the same arguments. Whole pictures are dealt to the threads while there
   * is one for each; the rest are computed by all threads together. The bits do not depend on which.
   * @param times where to add the milliseconds of each op; all pictures are then computed together
   */
  run(key: number, arenas: readonly number[], inputs: Batch, outputs: Batch, times: Float64Array | null = null): void {
    const { thread, threads } = this.#parts;
    const program = this.#program(key);
    let picture = 0;
    if (arenas.length === threads && times === null) {
      const alone = this.#bind(key, program, arenas[thread], 0, 1);
      for (; threads > 1 && picture + threads <= program.batch; picture += threads) {
        this.#write(program, arenas[thread], picture + thread, inputs, 0, 1);
        execute(alone, noWait);
        this.#read(program, arenas[thread], picture + thread, outputs);
      }
    }
    const { cells, spins } = this.#parts;
    const wait = (): void => waitForAll(cells, threads, spins);
    const shared = this.#bind(key, program, arenas[0], thread, threads);
    for (; picture < program.batch; picture++) {
      wait(); // the lead's arena is free
      this.#write(program, arenas[0], picture, inputs, thread, threads);
      wait();
      if (times === null) execute(shared, wait);
      else executeTimed(shared, wait, times);
      if (thread === 0) this.#read(program, arenas[0], picture, outputs);
    }
    wait();
  }

  /** Zeros, one an op of the program's graph. */
  freshTimes(key: number): Float64Array {
    return new Float64Array(this.#program(key).ops);
  }

  /** Room for a program's outputs, for a lead that shares no memory with the caller. */
  freshOutputs(key: number): Batch {
    const program = this.#program(key);
    return Object.fromEntries(
      program.outputs.map(({ name, shape }) => [name, new Float32Array(program.batch * elements(shape))]),
    );
  }

  #program(key: number): Program {
    const program = this.#programs.get(key)?.program;
    assert(program !== undefined, `program ${key} was never compiled`);
    return program;
  }

  #lower(graph: Graph, constants: number[]): Program {
    const sources = new Map(graph.parameters.map(({ name, source }) => [name, source]));
    const tables = new Map<string, number>();
    const sourceOf = (parameter: string): ParameterSource => {
      const source = sources.get(parameter);
      assert(source !== undefined, `the graph has no parameter ${parameter}`);
      return source;
    };
    const numbers = (parameter: string): Numbers => resolveParameter(sourceOf(parameter), this.#parameters);
    const constant = (data: Float32Array | Uint32Array): number => {
      const address = this.#store(data);
      constants.push(address);
      return address;
    };
    const tile = this.#kernels.tile();
    return compile(graph, {
      numbers,
      constant,
      machine: { tile, panel: this.#kernels.panel(), threads: this.#parts.threads },
      panels: (parameter, pitch, width) => this.#panels(sourceOf(parameter), pitch, width),
      taps: (parameter) =>
        this.#once(sourceOf(parameter), "taps", (source, room) => {
          packTaps(scaledWeight(source, this.#parameters), room);
        }),
      vector: (parameter) =>
        this.#once(sourceOf(parameter), "vector", (source, room) => {
          const { data } = resolveParameter(source, this.#parameters);
          room(roundUp(data.length, PITCH)).set(data);
        }),
      table: (height, width, rowStep, pixelStep) => {
        const name = [height, width, rowStep, pixelStep].join();
        const address = tables.get(name) ?? constant(pixelTable(height, width, rowStep, pixelStep, tile));
        tables.set(name, address);
        return address;
      },
    });
  }

  /** The address of a weight's panels, which are packed later, once and for all programs. */
  #panels(source: ParameterSource, pitch: number, width: number): number {
    const name = `${JSON.stringify(source)}/panels ${pitch} ${width}`;
    const known = this.#packed.get(name);
    if (known !== undefined) return known;
    const floats = panelFloats(this.#shapeOf(source), pitch);
    const address = this.#allocator.allocate(floats * Float32Array.BYTES_PER_ELEMENT);
    this.#unpacked.push({ source, address, pitch, width });
    this.#packed.set(name, address);
    return address;
  }

  #packingWork(): PackingWork | null {
    const packings = this.#unpacked;
    if (packings.length === 0) return null;
    const needs = packings.map(({ source, width }) => scratchBytes(this.#shapeOf(source), width));
    const scratch = roundUp(Math.max(...needs), Float64Array.BYTES_PER_ELEMENT);
    const scratchAt = this.#allocator.allocate(this.#parts.threads * scratch);
    this.#unpacked = [];
    return { packings, scratchAt, scratch };
  }

  #shapeOf(source: ParameterSource): readonly number[] {
    assert(source.kind !== "foldedBias", "a folded bias is no weight");
    return storedTensor(source.tensor, this.#parameters).shape;
  }

  /** The address of a parameter in a small private form, which is made once and for all programs. */
  #once(source: ParameterSource, form: string, pack: (source: ParameterSource, room: Room) => void): number {
    const name = `${JSON.stringify(source)}/${form}`;
    const known = this.#packed.get(name);
    if (known !== undefined) return known;
    let address = 0;
    pack(source, (floats) => {
      address = this.#allocator.allocate(floats * Float32Array.BYTES_PER_ELEMENT);
      return new Float32Array(this.#parts.memory.buffer, address, floats).fill(0);
    });
    this.#packed.set(name, address);
    return address;
  }

  #store(data: Float32Array | Uint32Array): number {
    const address = this.#allocator.allocate(data.byteLength);
    new Uint8Array(this.#parts.memory.buffer).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      address,
    );
    return address;
  }

  #reserveArenas({ arenaBytes, batch }: Program): void {
    const { threads } = this.#parts;
    const count = batch >= threads && threads > 1 ? threads : 1;
    const bytes = Math.max(arenaBytes, this.#arenas.bytes);
    const wanted = Math.max(count, this.#arenas.addresses.length);
    if (bytes === this.#arenas.bytes && wanted === this.#arenas.addresses.length) return;
    for (const address of this.#arenas.addresses) this.#allocator.free(address);
    this.#arenas = { bytes: 0, addresses: [] };
    this.#arenas = { bytes, addresses: Array.from({ length: wanted }, () => this.#allocator.allocate(bytes)) };
  }

  #bind(key: number, program: Program, arena: number, thread: number, threads: number): BoundProgram {
    const name = `${key}/${arena}/${threads}`;
    const known = this.#bound.get(name);
    if (known !== undefined) return known;
    const bound = bind(program, this.#kernels, arena, thread, threads);
    this.#bound.set(name, bound);
    return bound;
  }

  #write(program: Program, arena: number, picture: number, inputs: Batch, thread: number, threads: number): void {
    for (const port of program.inputs) {
      const data = pictureOf(inputs[port.name], picture, program);
      writePort(this.#memory(), arena, port, data, thread, threads);
    }
  }

  #read(program: Program, arena: number, picture: number, outputs: Batch): void {
    for (const port of program.outputs)
      readPort(this.#memory(), arena, port, pictureOf(outputs[port.name], picture, program));
  }

  /** The memory as floats; growing it replaces its buffer. */
  #memory(): Float32Array {
    if (this.#floats.buffer !== this.#parts.memory.buffer) this.#floats = new Float32Array(this.#parts.memory.buffer);
    return this.#floats;
  }
}

function pictureOf(data: Float32Array, picture: number, { batch }: Program): Float32Array {
  const size = data.length / batch;
  return data.subarray(picture * size, (picture + 1) * size);
}

function noWait(): void {}

/** Offsets of all pixels in reading order; the last one stands `tile` − 1 times more, see kernels/convolution.ts. */
function pixelTable(height: number, width: number, rowStep: number, pixelStep: number, tile: number): Uint32Array {
  const table = new Uint32Array(height * width + tile - 1);
  let at = 0;
  for (let h = 0; h < height; h++) {
    for (let w = 0; w < width; w++) table[at++] = h * rowStep + w * pixelStep;
  }
  return table.fill(table[at - 1], at);
}
