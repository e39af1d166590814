// The training kernels of every mode that this Node runs, each over a memory of its own, and places in that memory.

import { isSupported } from "#effnet/backend/wasm/kernels.js";
import { compileTrainingKernels } from "#effnet/backend/wasm/training/compiler.js";
import { instantiateTraining, RESERVED_BYTES, type TrainingKernels } from "#effnet/backend/wasm/training/kernels.js";
import { Random } from "#effnet/random.js";

const PAGES = 256;
const ALIGNMENT = 64; // bytes
/** Floats that stay NaN behind every place: whoever writes or reads beyond shows. */
const GUARD = 16;

export class Workplace {
  readonly kernels: TrainingKernels;
  readonly mode: string;
  readonly #floats: Float32Array;
  readonly #words: Uint32Array;
  readonly #random = new Random(7, "kernels");
  #top = RESERVED_BYTES;

  constructor(mode: string, module: WebAssembly.Module, isShared: boolean) {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: isShared });
    this.mode = mode;
    this.kernels = instantiateTraining(module, memory);
    this.#floats = new Float32Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
  }

  /** Forgets all places. */
  clear(): void {
    this.#floats.fill(Number.NaN, RESERVED_BYTES / 4);
    this.#top = RESERVED_BYTES;
  }

  /** The address of `count` floats, each that value. */
  room(count: number, value = Number.NaN): number {
    const at = this.#top;
    this.#top = Math.ceil((at + (count + GUARD) * 4) / ALIGNMENT) * ALIGNMENT;
    this.at(at, count).fill(value);
    return at;
  }

  /** The floats at an address, to read and to write. */
  at(address: number, count: number): Float32Array {
    return this.#floats.subarray(address / 4, address / 4 + count);
  }

  /** A copy of them. */
  read(address: number, count: number): number[] {
    return [...this.at(address, count)];
  }

  /** A table of offsets, its last entry repeated as tiles need it. */
  table(offsets: readonly number[]): number {
    const padded = [...offsets, ...Array<number>(this.kernels.tile()).fill(offsets[offsets.length - 1])];
    const at = this.room(padded.length);
    this.#words.set(padded, at / 4);
    return at;
  }

  random(): number {
    return Math.fround(this.#random.uniform(-1, 1));
  }
}

/** One workplace a mode: simd everywhere, relaxed and wide where this Node has them. */
export async function workplaces(): Promise<Workplace[]> {
  const places: Workplace[] = [];
  for (const mode of ["simd", "relaxed"] as const) {
    if (!isSupported(mode)) continue;
    places.push(new Workplace(mode, await compileTrainingKernels(mode, false, false, undefined), false));
  }
  let refused: string | null = null;
  const wide = await compileTrainingKernels("simd", true, true, (message) => {
    refused = message;
  });
  if (refused === null) places.push(new Workplace("wide", wide, true));
  else console.warn(`skipped: ${refused}`);
  return places;
}

export const roundUp8 = (count: number): number => Math.ceil(count / 8) * 8;

/** Where a number of packed panels lies, in floats: `[panel][row][width]`, the last panel of 8 if that is enough. */
export function panelIndex(row: number, channel: number, rows: number, channels: number, panel: number): number {
  const first = channel - (channel % panel);
  const width = Math.min(panel, roundUp8(channels) - first);
  return first * rows + row * width + (channel - first);
}

/** float32 sums of many products against float64: a few roundings of the largest. */
export const TOLERANCE = 2e-5;

/** Null if no number differs by more than that share of the largest expected one; else where and by how much. */
export function apart(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): string | null {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(got[i] - expected[i]) <= tolerance * largest))
      return `[${i}]: expected ${expected[i]}, got ${got[i]}`;
  }
  return got.length === expected.length ? null : `expected ${expected.length} numbers, got ${got.length}`;
}
