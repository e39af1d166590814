// Every error that effnet throws on purpose. One form: `where: what: expected E, got G. What to do.`

/** The stable codes of `EffnetError`; scripts may compare them. */
export type ErrorCode =
  | "usage"
  | "file"
  | "shape"
  | "unsupported"
  | "hub"
  | "disposed"
  | "engine"
  | "capacity"
  | "diverged";

/** Base of all errors thrown on purpose. The message is one line; `code` is stable across releases. */
export class EffnetError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An option or argument is wrong. */
export class UsageError extends EffnetError {
  /** The option or argument as the caller knows it, e.g. `--top-k` or `threads`. */
  readonly option: string;

  constructor(option: string, what: string, options?: ErrorOptions) {
    super("usage", `${option}: ${what}`, options);
    this.option = option;
  }
}

/** A file is broken, hostile, or does not fit the network. */
export class FileError extends EffnetError {
  readonly file: string;
  /** The tensor the problem is in, where there is one. */
  readonly tensor: string | undefined;

  constructor(file: string, what: string, options: ErrorOptions & { tensor?: string } = {}) {
    super(
      "file",
      options.tensor === undefined ? `${file}: ${what}` : `${file}: tensor "${options.tensor}": ${what}`,
      options,
    );
    this.file = file;
    this.tensor = options.tensor;
  }
}

/** A tensor or picture given by the caller does not fit. */
export class ShapeError extends EffnetError {
  readonly argument: string;

  constructor(argument: string, what: string) {
    super("shape", `${argument}: ${what}`);
    this.argument = argument;
  }
}

/** Known and left out, or a peer or device is missing; the message names what installs or replaces it. */
export class UnsupportedError extends EffnetError {
  constructor(what: string, options?: ErrorOptions) {
    super("unsupported", what, options);
  }
}

/**
 * Why a hub could not serve. `entry`, `revision`, `repository`: no such file, revision, repository (or a private one);
 * `answer`: not what a hub answers; `corrupt`: not the bytes that the hub announced; `cache`: the cache could not be written.
 */
export type HubReason =
  | "entry"
  | "revision"
  | "repository"
  | "gated"
  | "disabled"
  | "token"
  | "forbidden"
  | "rate"
  | "server"
  | "network"
  | "offline"
  | "answer"
  | "corrupt"
  | "cache";

/** The hub or its cache could not serve, or an address did not answer. */
export class HubError extends EffnetError {
  /** Of hubs; undefined for a mere address. */
  readonly reason: HubReason | undefined;
  /** What was asked, without credentials and query. */
  readonly url: string | undefined;
  /** The answer's, where there was one. */
  readonly status: number | undefined;

  constructor(
    what: string,
    options: ErrorOptions & { reason?: HubReason; url?: string | undefined; status?: number | undefined } = {},
  ) {
    super("hub", what, options);
    this.reason = options.reason;
    this.url = options.url;
    this.status = options.status;
  }
}

/** A call after `dispose()`, or one that `dispose()` cut short. */
export class DisposedError extends EffnetError {
  constructor(what: string) {
    super("disposed", `${what} was disposed. Create a new one.`);
  }
}

/** The engine broke: a worker died or could not start. */
export class EngineError extends EffnetError {
  constructor(what: string, options?: ErrorOptions) {
    super("engine", what, options);
  }
}

/** What is asked needs more memory than there is; less of it may fit. */
export class CapacityError extends EffnetError {
  readonly bytes: number;

  constructor(what: string, bytes: number) {
    super("capacity", what);
    this.bytes = bytes;
  }
}

/** A training whose loss is no longer a number. */
export class DivergedError extends EffnetError {
  constructor(what: string) {
    super("diverged", what);
  }
}

/** States one of our own invariants; a failure is a bug in effnet, never bad input. */
export function assert(claim: boolean, sentence: string): asserts claim {
  if (!claim) throw new Error(`effnet bug: ${sentence}`);
}

/** A shape as the messages show it: `[144, 24, 1, 1]`. */
export function shown(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** A list as the messages show it: the first five, then how many more. */
export function listed(items: readonly string[]): string {
  const more = items.length - 5;
  return items.slice(0, 5).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The nearest of `names` to `word` by edit distance, if it is near enough to be a slip of the hand. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 4)) + 1;
  for (const name of names) {
    const distance = editDistance(word, name, least);
    if (distance < least) [least, best] = [distance, name];
  }
  return best;
}

/** Levenshtein's distance; stops early with `limit` when it cannot be smaller. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    if (Math.min(...next) >= limit) return limit;
    row = next;
  }
  return row[b.length];
}
