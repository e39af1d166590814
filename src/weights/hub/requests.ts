// Asking a server: patience while no data come, and what is asked again after a pause.

import { HubError } from "../../errors.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How a server is asked. */
export interface Line {
  readonly fetch: Fetch;
  /** Of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whose token it is: no other origin sees it. */
  readonly endpoint: string;
  readonly token: string | null;
  /** Before the second try; twice as long before each further one. */
  readonly pauseMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onWarning: (message: string) => void;
}

export interface Question {
  readonly method: "HEAD" | "GET";
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect: "manual" | "follow";
  /** Without data; then the try has failed. */
  readonly timeoutMs: number;
  /** Default: `TRIES`. */
  readonly tries?: number;
}

export interface Answer {
  readonly response: Response;
  /** @throws HubError if the connection is cut or falls silent; the signal's reason */
  body(): AsyncGenerator<Uint8Array<ArrayBuffer>>;
  /** The body as UTF-8. @throws as `body` does */
  text(): Promise<string>;
  /** For answers whose body nobody reads. */
  drop(): Promise<void>;
}

export const TRIES = 5;
const LONGEST_PAUSE_MS = 8000;
const LONGEST_ASKED_MS = 310_000; // the hub counts in windows of five minutes
const TOLD_FROM_MS = 3000;
const AGAIN = [408, 429, 500, 502, 503, 504];
/** No name, no way or no trust: another try seconds later meets the same. */
const FINAL = /^(ENOTFOUND|EAI_AGAIN|ENETUNREACH|UND_ERR_INVALID_ARG)$|CERT|_SIGNATURE/;

/**
 * Asks until there is an answer that is not worth another try, or no try is left; the last answer's status may be any.
 * @throws HubError with reason `network` if none came; the signal's reason
 */
export async function ask(line: Line, url: string, question: Question): Promise<Answer> {
  const tries = question.tries ?? TRIES;
  for (let attempt = 1; ; attempt++) {
    const outcome = await once(line, url, question);
    const isError = outcome instanceof HubError;
    const isWorthIt = isError ? !FINAL.test(codeOf(outcome.cause)) : AGAIN.includes(outcome.response.status);
    const ms = isWorthIt && attempt < tries ? pauseBefore(line, attempt, isError ? null : outcome.response) : null;
    if (ms === null) {
      if (isError) throw outcome;
      return outcome;
    }
    if (!isError) await outcome.drop();
    if (ms >= TOLD_FROM_MS && !isError) line.onWarning(`${hostOf(url)} asks to wait ${Math.round(ms / 1000)} s.`);
    await rest(ms, line.signal);
  }
}

/** Before the try after `attempt`. Null: longer than anybody waits. */
export function pauseBefore(line: Line, attempt: number, response: Response | null): number | null {
  const asked = response === null ? null : askedPauseMs(response.headers);
  if (asked !== null) return asked <= LONGEST_ASKED_MS ? asked : null;
  return Math.min(line.pauseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

/** Waits. @throws the signal's reason */
export function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** An address as messages show it: signed ones carry secrets in their query. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** `RateLimit: "api";r=0;t=55` (and one second more), or `Retry-After`: seconds, or a date. */
function askedPauseMs(headers: Headers): number | null {
  const [, seconds] = /;\s*t=(\d+)/.exec(headers.get("ratelimit") ?? "") ?? [];
  if (seconds !== undefined) return (Number(seconds) + 1) * 1000;
  const after = headers.get("retry-after");
  if (after === null) return null;
  const ms = /^\d+$/.test(after.trim()) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}

async function once(
  line: Line,
  url: string,
  { method, headers, redirect, timeoutMs }: Question,
): Promise<Answer | HubError> {
  const clock = patience(timeoutMs, line.signal);
  try {
    const own = line.token !== null && new URL(url).origin === new URL(line.endpoint).origin;
    const sent = { ...line.headers, ...headers, ...(own ? { authorization: `Bearer ${line.token}` } : {}) };
    const response = await line.fetch(url, { method, headers: sent, redirect, signal: clock.signal });
    if (method === "HEAD") clock.end();
    const drop = async (): Promise<void> => {
      clock.end();
      await response.body?.cancel().catch(() => {});
    };
    const body = (): AsyncGenerator<Uint8Array<ArrayBuffer>> => bodyOf(line, url, response, clock);
    const text = async (): Promise<string> => {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      for await (const part of body()) parts.push(part);
      return new Blob(parts).text();
    };
    return { response, body, text, drop };
  } catch (cause) {
    clock.end();
    line.signal?.throwIfAborted();
    return unreachable(url, cause);
  }
}

async function* bodyOf(
  line: Line,
  url: string,
  response: Response,
  clock: Patience,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      clock.heard(); // what the last piece took to write is nobody's silence
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    line.signal?.throwIfAborted();
    throw unreachable(url, cause);
  } finally {
    clock.end();
    await reader?.cancel().catch(() => {});
  }
}

interface Patience {
  /** Aborts after so long without news, and with the caller's. */
  readonly signal: AbortSignal;
  heard(): void;
  end(): void;
}

function patience(ms: number, signal: AbortSignal | undefined): Patience {
  const controller = new AbortController();
  const over = (): void => controller.abort(new Error(`no data for ${ms / 1000} s`));
  let timer = setTimeout(over, ms);
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]),
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(over, ms);
    },
    end: () => clearTimeout(timer),
  };
}

function unreachable(url: string, cause: unknown): HubError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = inner instanceof Error ? inner.message || codeOf(inner) : String(inner);
  const trust = /CERT|_SIGNATURE/.test(codeOf(inner))
    ? " NODE_EXTRA_CA_CERTS names a file of certificates to trust."
    : "";
  const what = `${shownUrl(url)}: could not be reached (${why}). Check the network, or pass a file as weights.${trust}`;
  return new HubError(what, { cause: inner, reason: "network", url: shownUrl(url) });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function hostOf(url: string): string {
  return new URL(url).host;
}
