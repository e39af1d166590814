// Work done ahead of its use: a bounded number of jobs over a list, started early and handed out in order.

/** An item and what became of its job. */
export type Outcome<Item, T> =
  | { readonly item: Item; readonly value: T; readonly error?: undefined }
  | { readonly item: Item; readonly value?: undefined; readonly error: unknown };

/** Jobs over `items`: `depth` start with the constructor, one more with each outcome that is taken. */
export class Ahead<Item, T> {
  readonly #items: Iterator<Item> | AsyncIterator<Item>;
  readonly #job: (item: Item) => Promise<T>;
  readonly #started: Promise<Outcome<Item, T> | null>[] = [];

  constructor(items: Iterable<Item> | AsyncIterable<Item>, depth: number, job: (item: Item) => Promise<T>) {
    this.#items = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#job = job;
    while (this.#started.length < depth) this.#start();
  }

  /** The next outcome, in the order of `items`; null after the last. Rejects only if the list itself does. */
  async take(): Promise<Outcome<Item, T> | null> {
    this.#start();
    return (await this.#started.shift()) ?? null;
  }

  /** Tells the list that nobody reads on. Jobs under way end unheard. */
  close(): void {
    Promise.resolve(this.#items.return?.()).catch(() => {}); // a list that never answers must not hold the reader
  }

  #start(): void {
    const outcome = this.#next();
    outcome.catch(() => {}); // heard by take(), if that still comes
    this.#started.push(outcome);
  }

  async #next(): Promise<Outcome<Item, T> | null> {
    const step = await this.#items.next();
    if (step.done) return null;
    const item = step.value;
    try {
      return { item, value: await this.#job(item) };
    } catch (error) {
      return { item, error };
    }
  }
}
