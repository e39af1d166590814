// Where inputs and outputs pass between the caller's thread and the engine's: a few buffers, used again and again. A fresh
// one a run would pile up: it is freed only when every thread's collector has run, and idle threads' collectors do not.

import type { Value } from "../../graph/ops.ts";
import { elements } from "../../tensor.ts";
import type { Batch } from "./engine.ts";

/** Views for one run; `give` them back when nobody reads or writes them any more. */
export interface Staged {
  readonly inputs: Batch;
  /** Over shared memory; null without it: the engine then makes its own and sends them. */
  readonly outputs: Batch | null;
}

export class Staging {
  readonly #isShared: boolean;
  readonly #spare: SharedArrayBuffer[] = [];

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  /** Room for these values; its contents are undefined. */
  take(inputs: readonly Value[], outputs: readonly Value[]): Staged {
    if (!this.#isShared) return { inputs: views(inputs, new ArrayBuffer(bytesOf(inputs)), 0), outputs: null };
    const buffer = this.#buffer(bytesOf(inputs) + bytesOf(outputs));
    return { inputs: views(inputs, buffer, 0), outputs: views(outputs, buffer, bytesOf(inputs)) };
  }

  give({ inputs }: Staged): void {
    const buffer = Object.values(inputs)[0]?.buffer;
    if (this.#isShared && buffer !== undefined) this.#spare.push(buffer as SharedArrayBuffer);
  }

  /** A spare buffer, or one of the next power of two in its place, so that few sizes ever exist. */
  #buffer(bytes: number): SharedArrayBuffer {
    const fitting = this.#spare.findIndex(({ byteLength }) => byteLength >= bytes);
    const [spare] = this.#spare.splice(Math.max(fitting, 0), 1);
    return fitting === -1 ? new SharedArrayBuffer(2 ** Math.ceil(Math.log2(bytes))) : spare;
  }
}

/** The values side by side from `offset` on. */
function views(values: readonly Value[], buffer: ArrayBufferLike, offset: number): Batch {
  let at = offset;
  const all = values.map(({ name, shape }) => {
    const view = new Float32Array(buffer, at, elements(shape));
    at += view.byteLength;
    return [name, view] as const;
  });
  return Object.fromEntries(all);
}

function bytesOf(values: readonly Value[]): number {
  return values.reduce((bytes, { shape }) => bytes + elements(shape) * Float32Array.BYTES_PER_ELEMENT, 0);
}
