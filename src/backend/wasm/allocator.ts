// Who holds which bytes of the engine's memory: first fit over a sorted list of free ranges; grows the memory at its end.

import { EngineError } from "../../errors.ts";

const ALIGNMENT = 64; // a cache line; also satisfies every kernel's alignment
const PAGE_BYTES = 65536;

export class Allocator {
  readonly #memory: WebAssembly.Memory;
  /** Free ranges by address, never touching each other. */
  readonly #free: { start: number; end: number }[] = [];
  readonly #sizes = new Map<number, number>();
  #end: number;

  /** @param start first byte that may be handed out */
  constructor(memory: WebAssembly.Memory, start: number) {
    this.#memory = memory;
    this.#end = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
  }

  /** Bytes handed out and not given back. */
  get allocatedBytes(): number {
    let sum = 0;
    for (const size of this.#sizes.values()) sum += size;
    return sum;
  }

  /**
   * The address of `bytes` bytes, aligned to 64; their contents are whatever was there.
   * @throws EngineError if the memory cannot grow so far
   */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const index = this.#free.findIndex(({ start, end }) => end - start >= size);
    let address: number;
    if (index >= 0) {
      const range = this.#free[index];
      address = range.start;
      range.start += size;
      if (range.start === range.end) this.#free.splice(index, 1);
    } else {
      const last = this.#free.at(-1);
      address = last?.end === this.#end ? last.start : this.#end; // a free range at the end grows with the memory
      this.#grow(address + size);
      if (address !== this.#end) this.#free.pop();
      this.#end = address + size;
    }
    this.#sizes.set(address, size);
    return address;
  }

  /** Takes back what `allocate` returned. */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) return;
    this.#sizes.delete(address);
    let index = this.#free.findIndex(({ start }) => start > address);
    if (index < 0) index = this.#free.length;
    this.#free.splice(index, 0, { start: address, end: address + size });
    for (const at of [index, index - 1]) {
      const [range, next] = [this.#free[at], this.#free[at + 1]];
      if (range && next && range.end === next.start) {
        range.end = next.end;
        this.#free.splice(at + 1, 1);
      }
    }
  }

  #grow(end: number): void {
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing <= 0) return;
    try {
      this.#memory.grow(missing);
    } catch (cause) {
      const megabytes = Math.ceil(end / 2 ** 20);
      throw new EngineError(
        `memory: expected room for ${megabytes} MiB of weights and activations, got none. Use smaller pictures, a smaller batch or a smaller network.`,
        { cause },
      );
    }
  }
}
