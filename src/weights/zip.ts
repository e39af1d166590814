// Reads the members of a zip file as torch writes it: stored, not compressed. Every offset and length is checked against
// the file before it is used (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3).

import { FileError } from "../errors.ts";
import { crc32 } from "./crc32.ts";
import { quoted } from "./quoted.ts";
import { textOf } from "./text.ts";

/** One file inside a zip file. */
export interface Member {
  readonly name: string;
  /** Where its data lie, in bytes from the start of the zip file. */
  readonly start: number;
  readonly end: number;
  readonly isDeflated: boolean;
  readonly crc: number;
}

const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const END = { signature: 0x06054b50, bytes: 22 };
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 };
const ZIP64_END = { signature: 0x06064b50, bytes: 56 };
const COMMENT_LIMIT = 0xffff; // its length is a 16-bit number
const IN_ZIP64 = 0xffffffff; // the true number is in the entry's zip64 field

/**
 * The members of a zip file by name, in the file's order; data are not touched.
 * @throws FileError if the directory is missing or broken, members overlap or share a name, or one is encrypted
 */
export function readZip(bytes: Uint8Array, file: string): Map<string, Member> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const directory = findDirectory(view, file);
  const members = new Map<string, Member>();
  let at = directory.start;
  for (let i = 0; i < directory.count; i++) {
    const { member, next } = readEntry(view, bytes, at, directory, file);
    if (members.has(member.name)) throw new FileError(file, `zip member ${quoted(member.name)} appears twice.`);
    members.set(member.name, member);
    at = next;
  }
  if (at !== directory.end) throw broken(file, `its directory has ${directory.end - at} bytes too many`);
  refuseOverlap(members, file);
  return members;
}

/**
 * The data of a member: a view into `bytes`, checked against the member's checksum.
 * @throws FileError if the member is compressed or its checksum differs
 */
export function memberBytes(bytes: Uint8Array, member: Member, file: string): Uint8Array {
  if (member.isDeflated) {
    throw new FileError(
      file,
      `zip member ${quoted(member.name)} is compressed, which torch.save never does. Unzip the file and zip it again without compression (zip -0 -r).`,
    );
  }
  const data = bytes.subarray(member.start, member.end);
  if (crc32(data) !== member.crc) {
    throw broken(file, `the checksum of member ${quoted(member.name)} differs`);
  }
  return data;
}

interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** The central directory; it must end where the records that point to it begin. */
function findDirectory(view: DataView, file: string): Directory {
  const end = findEnd(view, file);
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 6, true) !== 0) {
    throw broken(file, "it is split over several files");
  }
  const locator = end - ZIP64_LOCATOR.bytes;
  if (locator >= 0 && view.getUint32(locator, true) === ZIP64_LOCATOR.signature) {
    return findZip64Directory(view, locator, file);
  }
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  return checkedDirectory(view.getUint32(end + 16, true), size, count, end, file);
}

/** The end record: the last one whose comment ends with the file. */
function findEnd(view: DataView, file: string): number {
  const last = view.byteLength - END.bytes;
  for (let at = last; at >= Math.max(0, last - COMMENT_LIMIT); at--) {
    if (view.getUint32(at, true) === END.signature && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw new FileError(file, "the zip file has no end: it is cut off. Fetch it again.");
}

function findZip64Directory(view: DataView, locator: number, file: string): Directory {
  const end = readLength(view, locator + 8);
  if (!(end <= locator - ZIP64_END.bytes) || view.getUint32(end, true) !== ZIP64_END.signature) {
    throw broken(file, "its zip64 end record is missing");
  }
  const count = readLength(view, end + 32);
  return checkedDirectory(readLength(view, end + 48), readLength(view, end + 40), count, end, file);
}

function checkedDirectory(start: number, size: number, count: number, end: number, file: string): Directory {
  if (start + size !== end) throw broken(file, `its directory ends at byte ${start + size}, expected ${end}`);
  if (count * ENTRY.bytes > size) throw broken(file, `${count} members do not fit a directory of ${size} bytes`);
  return { start, end, count };
}

/** One entry of the directory, checked together with the local header it points to. */
function readEntry(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  directory: Directory,
  file: string,
): { member: Member; next: number } {
  if (at + ENTRY.bytes > directory.end || view.getUint32(at, true) !== ENTRY.signature) {
    throw broken(file, `no directory entry at byte ${at}`);
  }
  const nameEnd = at + ENTRY.bytes + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > directory.end) throw broken(file, `the directory entry at byte ${at} ends beyond the directory`);
  const nameBytes = bytes.subarray(at + ENTRY.bytes, nameEnd);
  const name = textOf(nameBytes);

  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  if (flags & 1) throw broken(file, `member ${quoted(name)} is encrypted`);
  if (method !== 0 && method !== 8) throw broken(file, `member ${quoted(name)} is compressed by method ${method}`);

  const lengths = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  const [size, packed, local] = withZip64(view, nameEnd, extraEnd, lengths, () =>
    broken(file, `member ${quoted(name)} lacks its zip64 lengths`),
  );
  if (method === 0 && size !== packed) {
    throw broken(file, `member ${quoted(name)} is stored, yet its sizes differ: ${size} and ${packed}`);
  }
  if (!(local + LOCAL_HEADER.bytes <= directory.start) || view.getUint32(local, true) !== LOCAL_HEADER.signature) {
    throw broken(file, `member ${quoted(name)} has no header at byte ${local}`);
  }
  const localName = local + LOCAL_HEADER.bytes;
  const localNameEnd = localName + view.getUint16(local + 26, true);
  const start = localNameEnd + view.getUint16(local + 28, true);
  const end = start + packed;
  if (!(end <= directory.start)) throw broken(file, `member ${quoted(name)} ends beyond the members' part of the file`);
  const areEqual =
    localNameEnd - localName === nameBytes.length && nameBytes.every((byte, i) => byte === bytes[localName + i]);
  if (!areEqual) throw broken(file, `member ${quoted(name)} has another name in its own header`);
  const member = { name, start, end, isDeflated: method === 8, crc: view.getUint32(at + 16, true) };
  return { member, next };
}

/** `[size, packed, local]` with those that do not fit 32 bits taken from the zip64 extra field (id 1), in this order. */
function withZip64(
  view: DataView,
  extra: number,
  extraEnd: number,
  lengths: readonly number[],
  missing: () => FileError,
): number[] {
  if (!lengths.includes(IN_ZIP64)) return [...lengths];
  for (let at = extra; at + 4 <= extraEnd; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > extraEnd) break;
    if (view.getUint16(at, true) === 1) {
      let field = at + 4;
      return lengths.map((length) => {
        if (length !== IN_ZIP64) return length;
        if (field + 8 > end) throw missing();
        field += 8;
        return readLength(view, field - 8);
      });
    }
    at = end;
  }
  throw missing();
}

/** Members may not share bytes: a few bytes must not stand for many. */
function refuseOverlap(members: ReadonlyMap<string, Member>, file: string): void {
  const sorted = [...members.values()].sort((a, b) => a.start - b.start || a.end - b.end);
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i].start < sorted[i - 1].end) {
      throw broken(file, `members ${quoted(sorted[i - 1].name)} and ${quoted(sorted[i].name)} overlap`);
    }
  }
}

/** A 64-bit length; beyond 2⁵³ it is no exact number, but still larger than any file. */
function readLength(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function broken(file: string, what: string): FileError {
  return new FileError(file, `the zip file is broken: ${what}. Fetch it again.`);
}
