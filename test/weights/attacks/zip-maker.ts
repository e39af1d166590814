// Builds zip files, honest and not: every field that a check looks at can be set wrong.

import { crc32 } from "node:zlib";

/** A member, with lies to tell about it. */
export interface MadeMember {
  readonly name: string;
  readonly data: Uint8Array;
  /** What the directory says instead of the truth. */
  readonly says?: {
    readonly name?: string;
    readonly crc?: number;
    readonly flags?: number;
    readonly method?: number;
    readonly size?: number;
    readonly packed?: number;
    readonly local?: number;
    readonly extra?: Uint8Array;
  };
}

/** What the end record says instead of the truth. */
export interface EndLies {
  readonly disk?: number;
  readonly count?: number;
  readonly size?: number;
  readonly start?: number;
  readonly comment?: number;
}

export function makeZip(members: readonly MadeMember[], lies: EndLies = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, says = {} } of members) {
    const crc = says.crc ?? crc32(data);
    const local = record(30, [
      [0, 0x04034b50, 4],
      [14, crc, 4],
      [18, data.length, 4],
      [22, data.length, 4],
      [26, utf8(name).length, 2],
    ]);
    const told = utf8(says.name ?? name);
    const extra = says.extra ?? new Uint8Array(0);
    const entry = record(46, [
      [0, 0x02014b50, 4],
      [8, says.flags ?? 0, 2],
      [10, says.method ?? 0, 2],
      [16, crc, 4],
      [20, says.packed ?? data.length, 4],
      [24, says.size ?? data.length, 4],
      [28, told.length, 2],
      [30, extra.length, 2],
      [42, says.local ?? at, 4],
    ]);
    parts.push(local, utf8(name), data);
    entries.push(entry, told, extra);
    at += 30 + utf8(name).length + data.length;
  }
  const directory = joined(entries);
  const end = record(22, [
    [0, 0x06054b50, 4],
    [4, lies.disk ?? 0, 2],
    [8, lies.count ?? members.length, 2],
    [10, lies.count ?? members.length, 2],
    [12, lies.size ?? directory.length, 4],
    [16, lies.start ?? at, 4],
    [20, lies.comment ?? 0, 2],
  ]);
  return joined([...parts, directory, end]);
}

/** `[at, value, bytes]` fields of a little-endian record; the rest is zero. */
function record(length: number, fields: readonly (readonly [number, number, 2 | 4])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  for (const [at, value, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return new Uint8Array(view.buffer);
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
