// The parts of one run as one list again: all there, once each, of one model; ordered by name, whatever n was.

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FileError, UsageError } from "../errors.ts";
import { Heap } from "./heap.ts";
import { inPartOrder } from "./part.ts";
import { linesOf, type NamedLine } from "./part-lines.ts";
import { difference, metaName, type PartMeta, type PartRun, partName, readPartMeta, shardNamed } from "./part-meta.ts";

export interface MergedParts extends PartRun {
  /** Of every part, part 1 first. */
  readonly parts: readonly PartMeta[];
  readonly pictures: number;
  readonly broken: number;
  /**
   * Every line, ordered by name. Reads a little of each part at a time.
   * @throws FileError if a part is not what its description says, or two have one picture; the signal's reason
   */
  lines(signal?: AbortSignal): AsyncGenerator<NamedLine, void, undefined>;
}

/**
 * @param places folders of parts, and parts by name; what else a shell's pattern matched is passed over
 * @throws UsageError if they are not parts 1 … n of one run, with those that are missing as a list to paste; FileError if
 * one cannot be read or is not whole
 */
export async function openParts(places: readonly string[]): Promise<MergedParts> {
  const paths = await partPaths(places);
  const parts: PartMeta[] = [];
  for (const path of paths) parts.push(await describedPart(path));
  refuseMixture(parts);
  const { command, model, settings } = parts[0];
  const sum = (key: "pictures" | "broken"): number => parts.reduce((all, part) => all + part[key], 0);
  return {
    ...{ command, model, settings, parts },
    pictures: sum("pictures"),
    broken: sum("broken"),
    lines: (signal) => ordered(paths.map((path, i) => linesOf(path, parts[i], signal))),
  };
}

/** The files of parts 1 … n, in that order. */
async function partPaths(places: readonly string[]): Promise<string[]> {
  const found = new Map<number, string>();
  let [count, first] = [0, ""];
  for (const path of (await Promise.all(places.map(partsAt))).flat()) {
    const shard = shardNamed(basename(path));
    if (shard === null) continue;
    if (count !== 0 && shard.count !== count) {
      throw new UsageError(
        "parts",
        `${first} is one of ${count}, ${path} one of ${shard.count}. Give those of one run.`,
      );
    }
    const twin = found.get(shard.index);
    if (twin !== undefined && twin !== path) {
      throw new UsageError("parts", `${twin} and ${path} are the same part. Give one of them.`);
    }
    found.set(shard.index, path);
    [count, first] = [shard.count, first || path];
  }
  if (count === 0) {
    const form = partName({ index: 1, count: 8 });
    throw new UsageError("parts", `expected files such as ${form} in ${places.join(", ")}, found none.`);
  }
  const indices = Array.from({ length: count }, (_, i) => i + 1);
  const missing = indices.filter((index) => !found.has(index));
  if (missing.length > 0) {
    const are = missing.length === 1 ? "part is" : "parts are";
    const what = `${missing.length} of ${count} ${are} missing: ${missing.join(",")}`;
    throw new UsageError("parts", `${what}. Run those again (--shard i/${count}), then merge.`);
  }
  return indices.map((index) => found.get(index) as string);
}

async function partsAt(place: string): Promise<string[]> {
  const found = await stat(place).catch((cause: Error) => {
    throw new UsageError("parts", `${place}: could not be read (${cause.message}). Check the path.`, { cause });
  });
  if (!found.isDirectory()) return [place];
  return (await readdir(place)).filter((name) => shardNamed(name) !== null).map((name) => join(place, name));
}

async function describedPart(path: string): Promise<PartMeta> {
  const shard = shardNamed(basename(path));
  if (shard === null) throw new FileError(path, "is no part.");
  const metaPath = join(dirname(path), metaName(shard));
  const meta = await readPartMeta(metaPath);
  const { size } = await stat(path);
  if (meta.bytes !== size || meta.shard.index !== shard.index || meta.shard.count !== shard.count) {
    throw new FileError(
      path,
      `expected ${meta.bytes} bytes, as ${metaPath} says, got ${size}. Do it again with --force.`,
    );
  }
  return meta;
}

function refuseMixture(parts: readonly PartMeta[]): void {
  const others = parts.filter((part) => difference(part, parts[0]) !== null);
  if (others.length === 0) return;
  const list = others.map(({ shard }) => shard.index).join(",");
  const how = difference(others[0], parts[0]);
  throw new UsageError("parts", `${list} of ${parts.length}: ${how} as part 1. Do those again with --force.`);
}

/** Streams that are each in order, as one that is. */
async function* ordered(
  streams: readonly AsyncGenerator<NamedLine, void, undefined>[],
): AsyncGenerator<NamedLine, void, undefined> {
  const heads = new Heap<{ readonly line: NamedLine; readonly from: number }>(
    (a, b) => inPartOrder(a.line.file, b.line.file) || a.from - b.from,
  );
  const advance = async (from: number): Promise<void> => {
    const step = await streams[from].next();
    if (!step.done) heads.push({ line: step.value, from });
  };
  try {
    for (const from of streams.keys()) await advance(from);
    let [before, of] = ["", -1];
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      const { line, from } = head;
      if (line.file === before && of >= 0 && of !== from) {
        throw new FileError(before, `is in parts ${of + 1} and ${from + 1}. Do both again with --force.`);
      }
      [before, of] = [line.file, from];
      yield line;
      await advance(from);
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.return()));
  }
}
