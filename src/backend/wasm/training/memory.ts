// Addresses of everything a training step keeps, laid out once: constants, then parameters, then the arena of the batch's
// values, then each thread's scratch. Values that live at the same time never overlap.

import { roundUp } from "../layout.ts";

const ALIGNMENT = 64; // bytes; a cache line

/** A range of time and the bytes wanted for it; the offset is found by `arrange`. */
export interface Slot {
  readonly bytes: number;
  readonly from: number;
  to: number;
  offset: number;
}

/** Gives every slot an offset, largest first, each the lowest that is free over its whole life. @returns bytes of all */
export function arrange(slots: Iterable<Slot>): number {
  const placed: Slot[] = [];
  let end = 0;
  for (const slot of [...slots].sort((a, b) => b.bytes - a.bytes || a.from - b.from)) {
    const neighbours = placed.filter((other) => other.from <= slot.to && slot.from <= other.to);
    neighbours.sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + slot.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    slot.offset = offset;
    placed.push(slot);
    end = Math.max(end, offset + slot.bytes);
  }
  return end;
}

export function newSlot(bytes: number, from: number, to: number): Slot {
  return { bytes: roundUp(bytes, ALIGNMENT), from, to, offset: 0 };
}

export interface Constant {
  readonly address: number;
  readonly data: Float32Array | Float64Array | Uint32Array;
}

/** Memory that is handed out once and never taken back. It is zero before the first step. */
export class Ground {
  readonly constants: Constant[] = [];
  #end: number;

  constructor(start: number) {
    this.#end = roundUp(start, ALIGNMENT);
  }

  get end(): number {
    return this.#end;
  }

  take(bytes: number): number {
    const address = this.#end;
    this.#end += roundUp(bytes, ALIGNMENT);
    return address;
  }

  constant(data: Constant["data"]): number {
    const address = this.take(data.byteLength);
    this.constants.push({ address, data });
    return address;
  }
}
