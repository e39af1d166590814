// The bytes behind an address from some byte on, across connections that are cut.

import { HubError } from "../../errors.ts";
import { ask, type Line, pauseBefore, rest, shownUrl, TRIES } from "./requests.ts";

export interface Piece {
  /** The first byte's place in the file. Back at 0: what came before was in vain. */
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the file; null while nobody says. */
  readonly total: number | null;
}

export interface Wanted {
  /** As errors call it. */
  readonly name: string;
  /** Where the bytes are; `again`: the place given before is no longer good. */
  readonly locate: (again: boolean) => Promise<string>;
  /** What is there already. */
  readonly start: number;
  /** Null: the answer says. */
  readonly size: number | null;
  /** Of the bytes, without quotation marks. */
  readonly etag: string | null;
  /** The file will be checked by a digest, so that the rest may be taken from a server that does not know the etag. */
  readonly isChecked: boolean;
  /** Whether a rest is asked for under the condition that the bytes are still the same. */
  readonly usesIfRange: boolean;
  readonly timeoutMs: number;
  /** More is refused. */
  readonly limitBytes: number;
}

/** Statuses of an address whose signature has run out. */
const STALE = [400, 401, 403, 404, 410];

/**
 * Yields the bytes in order. A cut connection goes on where it was (`Range`, `If-Range`), as long as some bytes come.
 * @throws HubError: `network` if no try is left, `corrupt` if more bytes come than the file has; the signal's reason
 */
export async function* pieces(line: Line, wanted: Wanted): AsyncGenerator<Piece> {
  const { name, locate, timeoutMs } = wanted;
  let at = wanted.start;
  let url = await locate(false);
  let mayRelocate = true;
  let etag = wanted.usesIfRange ? wanted.etag : null;
  let furthest = at; // a server that starts over at every cut would never end
  for (let failures = 0; ; ) {
    const headers = at === 0 ? {} : { range: `bytes=${at}-`, ...(etag === null ? {} : { "if-range": `"${etag}"` }) };
    const answer = await ask(line, url, { method: "GET", redirect: "follow", headers, timeoutMs });
    const { status, headers: said } = answer.response;
    const isStale = STALE.includes(status) && mayRelocate;
    const isWhole = status === 200 && at > 0;
    if (status === 416 && at > 0 && at === (wanted.size ?? totalIn(said))) return answer.drop();
    if (isStale || (status === 416 && at > 0) || (isWhole && etag !== null && wanted.isChecked)) {
      await answer.drop();
      if (isStale) [url, mayRelocate] = [await locate(true), false];
      else if (isWhole) etag = null;
      else at = 0;
      continue;
    }
    if (status !== 200 && status !== 206) {
      await answer.drop();
      const what = `${name}: expected the file, got status ${status} from ${shownUrl(url)}. Try later.`;
      throw new HubError(what, { reason: status >= 500 ? "server" : "answer", status, url: shownUrl(url) });
    }
    // A page may not see where a part begins; the digest will tell.
    const start = startIn(said) ?? (wanted.isChecked ? at : null);
    if (status === 206 && start !== at) {
      await answer.drop();
      if (at === 0)
        throw new HubError(`${name}: expected the file, got a part of it. Try later.`, { reason: "answer", status });
      at = 0;
      continue;
    }
    if (isWhole) at = 0;
    const total = wanted.size ?? totalIn(said, at);
    if (wanted.usesIfRange) etag = strongEtag(said) ?? etag;
    try {
      for await (const bytes of answer.body()) {
        if (at + bytes.length > (total ?? wanted.limitBytes)) throw tooLong(name, total ?? wanted.limitBytes);
        yield { at, bytes, total };
        at += bytes.length;
        if (at > furthest) [furthest, failures] = [at, 0];
      }
      if (total === null || at === total) return;
      throw new HubError(`${name}: expected ${total} bytes, got ${at} before the answer ended.`, { reason: "network" });
    } catch (error) {
      if (!(error instanceof HubError) || error.reason !== "network" || ++failures >= TRIES) throw error;
      await rest(pauseBefore(line, failures, null) as number, line.signal);
    }
  }
}

function tooLong(name: string, most: number): HubError {
  return new HubError(`${name}: expected at most ${most} bytes, got more. Try later.`, { reason: "corrupt" });
}

/** `Content-Range: bytes 100-199/200` → 100 */
function startIn(headers: Headers): number | null {
  const [, start] = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "") ?? [];
  return start === undefined ? null : Number(start);
}

/** Of the whole file, of which the answer begins at `at`. A compressed one announces its compressed length, which says nothing. */
function totalIn(headers: Headers, at = 0): number | null {
  const [, total] = /\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  if (total !== undefined) return Number(total);
  const length = headers.get("content-length");
  return length === null || headers.has("content-encoding") ? null : at + Number(length);
}

function strongEtag(headers: Headers): string | null {
  return /^"(.*)"$/.exec(headers.get("etag") ?? "")?.[1] ?? null;
}
