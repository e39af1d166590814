// Where bytes come from: what may be named as a source, and the download that Node and pages share.
// Reading itself is `#source`: source.node.ts or source.browser.ts.

import { FileError, HubError } from "../errors.ts";
import type { WaitOptions } from "../progress.ts";

/** A path (in a page: an address relative to the page), a URL, or the bytes of a file. */
export type Source = string | URL | Uint8Array | ArrayBuffer | Blob;

export interface SourceOptions extends WaitOptions {
  /** Larger files are refused before they are read. */
  readonly limitBytes: number;
  /** Names the work in progress reports. */
  readonly stage: string;
  /** Where the bytes of a path or URL go; default: plain memory. */
  readonly allocate?: ((bytes: number) => Uint8Array) | undefined;
}

/** A file's bytes and the name that errors call it by. */
export interface SourceBytes {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Whether it is a source at all; programs without types pass anything. */
export function isSource(source: unknown): source is Source {
  return (
    typeof source === "string" ||
    source instanceof URL ||
    source instanceof Uint8Array ||
    source instanceof ArrayBuffer ||
    source instanceof Blob
  );
}

/** The name of a source as messages show it: a path as written, a URL without credentials and query. */
export function sourceName(source: Source): string {
  if (typeof source === "string")
    return /^https?:/i.test(source) && URL.canParse(source) ? shownUrl(new URL(source)) : source;
  if (source instanceof URL) return shownUrl(source);
  if (source instanceof Blob) return "name" in source && typeof source.name === "string" ? source.name : "Blob";
  return "bytes";
}

function shownUrl(url: URL): string {
  if (url.protocol === "data:" || url.protocol === "blob:") return `${url.protocol} URL`;
  return url.protocol === "file:" ? url.href : url.origin + url.pathname;
}

/** The bytes of a source that is already in memory; null for one that must be fetched or read from a disk. */
export async function bytesInMemory(source: Source, limitBytes: number): Promise<Uint8Array | null> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (!(source instanceof Blob)) return null;
  refuseLarge(sourceName(source), source.size, limitBytes);
  return new Uint8Array(await source.arrayBuffer());
}

/**
 * The body behind `url`. Announced and received lengths are held to `limitBytes`; nothing is allocated by announcement.
 * @throws HubError if the address cannot be reached or answers with an error status; FileError if the body is too large
 */
export async function download(url: URL, options: SourceOptions): Promise<SourceBytes> {
  const { signal, onProgress, limitBytes, stage, allocate } = options;
  const name = sourceName(url);
  const response = await reached(name, fetch(url, { signal: signal ?? null }), signal);
  if (!response.ok) {
    await response.body?.cancel();
    const status = `${response.status} ${response.statusText}`.trimEnd();
    throw new HubError(`${name}: expected the file, got status ${status}. Check the address.`);
  }
  const announced = Number(response.headers.get("content-length") ?? Number.NaN);
  if (announced > limitBytes) await response.body?.cancel();
  refuseLarge(name, announced, limitBytes);
  // A compressed answer announces its compressed length; no total then.
  const total = response.headers.has("content-encoding") || !(announced > 0) ? {} : { total: announced };

  const parts: Uint8Array[] = [];
  let done = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const step = await reached(
      name,
      reader?.read() ?? Promise.resolve({ done: true, value: undefined } as const),
      signal,
    );
    if (step.value === undefined) break;
    parts.push(step.value);
    done += step.value.length;
    if (done > limitBytes) await reader?.cancel();
    refuseLarge(name, done, limitBytes);
    onProgress?.({ stage, done, unit: "bytes", ...total });
  }
  return { bytes: joined(parts, done, allocate), name };
}

/** @throws FileError if `bytes` exceeds the limit; an unknown (NaN) length passes */
export function refuseLarge(name: string, bytes: number, limitBytes: number): void {
  if (bytes > limitBytes) {
    throw new FileError(name, `expected at most ${limitBytes} bytes, got ${bytes}. Is this the right file?`);
  }
}

/** One buffer of several. */
export function joined(parts: readonly Uint8Array[], total: number, allocate = plainRoom): Uint8Array {
  if (parts.length === 1 && allocate === plainRoom) return parts[0];
  const whole = allocate(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Memory of this thread alone. */
export function plainRoom(bytes: number): Uint8Array {
  return new Uint8Array(bytes);
}

/** Turns a failed fetch or read into one line; an abort stays what the caller's signal says. */
async function reached<T>(name: string, step: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await step;
  } catch (cause) {
    signal?.throwIfAborted();
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new HubError(`${name}: could not be reached (${why}). Check the address and the network.`, { cause });
  }
}
