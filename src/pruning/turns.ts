// Long arithmetic lets others have a turn.

const MILLISECONDS = 15; // a frame of a page

/** Lets the event loop go on now and then. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal?: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Whether it is time: asked in inner loops, which then wait for `take`. */
  get isDue(): boolean {
    return performance.now() - this.#last > MILLISECONDS;
  }

  /** @throws the signal's reason once it aborts */
  async take(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
