// Data as the command line opens it: a place, the threads that decode it, and what is worth saying about it.

import type { SplitOptions, Splits } from "../data/dataset.ts";
import type { Decoders } from "../data/decoders.ts";
import type { Broken } from "../data/loader.ts";
import { listed, UsageError } from "../errors.ts";
import { cores } from "./cores.ts";
import type { Session } from "./session.ts";
import { shownText } from "./style.ts";

const MOST_DECODERS = 4; // of the threads that decode ahead; more only wait

/** Opens a place. Nothing is said about it yet. */
export async function openSplits(session: Session, place: string, options: SplitOptions): Promise<Splits> {
  const { openData } = await import("../data/open.ts");
  const { signal, terminal } = session;
  return openData(place, { ...options, signal, onProgress: terminal.onProgress });
}

/** Starts as many decoders as there are cores, but for `threads` others. */
export async function startDecoders({ terminal }: Session, threads?: number): Promise<Decoders> {
  const { Decoders } = await import("../data/decoders.ts");
  return Decoders.start({
    threads: threads ?? Math.min(cores(), MOST_DECODERS),
    onWarning: (line) => terminal.problem(line),
  });
}

/** Tells each broken picture once, and counts them. */
export class BrokenPictures {
  readonly #problem: (line: string) => void;
  readonly #messages = new Map<string, string>();

  constructor(problem: (line: string) => void) {
    this.#problem = problem;
  }

  get count(): number {
    return this.#messages.size;
  }

  /** As parts have them. */
  get lines(): { readonly file: string; readonly error: string }[] {
    return Array.from(this.#messages, ([file, error]) => ({ file, error }));
  }

  readonly tell = ({ name, message }: Broken): void => {
    if (this.#messages.has(name)) return;
    this.#messages.set(name, message);
    this.#problem(shownText(message));
  };

  /** `, 2 unreadable (x.jpg: …)`; nothing if there is none. */
  toString(): string {
    if (this.count === 0) return "";
    const [first] = this.#messages.values();
    return `, ${this.count} unreadable (${shownText(first)}${this.count > 1 ? " …" : ""})`;
  }
}

/** Numbers, as in shards without `classes.txt`, and ImageNet's synsets say by their order which class they are. */
const IN_ORDER = /^(\d+|n\d{8})$/;

/**
 * The data with a network's classes: by their names, or by their order where the names are mere numbers.
 * @param reopen the same data with given classes
 * @throws UsageError if they are not the network's
 */
export async function withClasses(
  splits: Splits,
  labels: readonly string[],
  reopen: (classes: readonly string[]) => Promise<Splits>,
): Promise<Splits> {
  const unknown = splits.classes.filter((name) => !labels.includes(name));
  if (unknown.length === 0) return reopen(labels);
  if (splits.classes.length === labels.length && splits.classes.every((name) => IN_ORDER.test(name))) return splits;
  const known = `classes of the network (${listed(labels)})`;
  throw new UsageError(
    "classes",
    `expected ${known}, got ${listed(unknown)}. Name the folders as it names its classes.`,
  );
}
