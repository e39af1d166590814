// Where threads wait for each other between the phases of a program: spin briefly, then sleep.

const ARRIVED = 0;
const GENERATION = 1;
/**
 * Loads before a waiting thread sleeps, some 30 µs; a wake-up costs about 20 µs (docs/engine.md, "barriers"). Where cores are
 * fewer than threads, spinning only keeps the one that is waited for from its core.
 */
export function spinsFor(threads: number, cores: number): number {
  return threads <= cores ? 6000 : 0;
}

/** Shared between the threads: create the cells once and hand them to each. */
export function barrierCells(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Returns when all of `threads` threads have called it. `cells` is null for a thread that is alone. */
export function waitForAll(cells: Int32Array | null, threads: number, spins: number): void {
  if (cells === null || threads === 1) return;
  const generation = Atomics.load(cells, GENERATION);
  if (Atomics.add(cells, ARRIVED, 1) === threads - 1) {
    Atomics.store(cells, ARRIVED, 0);
    Atomics.add(cells, GENERATION, 1);
    Atomics.notify(cells, GENERATION);
    return;
  }
  for (let spin = 0; spin < spins; spin++) {
    if (Atomics.load(cells, GENERATION) !== generation) return;
  }
  while (Atomics.load(cells, GENERATION) === generation) Atomics.wait(cells, GENERATION, generation);
}
