// Calls on one model run one after another, in the order they were made; giving up on one leaves the line intact.

/** A line of tasks with a door that can be closed once. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();
  readonly #door = new AbortController();

  /**
   * Runs `task` after every earlier one has ended. The promise rejects at once when `signal` aborts (with its reason)
   * or the queue closes (with the reason given there). A task that has not started by then never starts; one in
   * progress ends unheard before the next begins.
   */
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last.then(() => {
      this.#door.signal.throwIfAborted();
      signal?.throwIfAborted();
      return task();
    });
    this.#last = turn.catch(() => {});
    return settled(turn, signal === undefined ? [this.#door.signal] : [signal, this.#door.signal]);
  }

  /** Refuses what waits and what comes, with `reason`. The task in progress is left to its owner. */
  close(reason: Error): void {
    this.#door.abort(reason);
  }
}

/** `work`, or the first abort. */
function settled<T>(work: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      for (const signal of signals) if (signal.aborted) reject(signal.reason);
    };
    for (const signal of signals) signal.addEventListener("abort", giveUp);
    giveUp();
    work.then(resolve, reject).finally(() => {
      for (const signal of signals) signal.removeEventListener("abort", giveUp);
    });
  });
}
