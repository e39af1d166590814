// One part of a run over many pictures: a file of JSON lines that is whole or not there, and beside it what it is.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import type { StateDict } from "../tensor.ts";
import { difference, metaName, type PartMeta, type PartRun, partName, readPartMeta } from "./part-meta.ts";
import { PartialFile, unwritable, writeWhole } from "./partial.ts";
import type { Shard } from "./shard.ts";

/** A part before it is made. */
export interface PartPlan extends PartRun {
  /** Folder of all parts; made where it is missing. */
  readonly out: string;
  readonly shard: Shard;
  /** The input as it was given. */
  readonly place: string;
  /** Says which pictures the part has: their names, or the shards they lie in. */
  readonly contents: readonly string[];
}

/** What became of a picture: `file` comes first, then the answer, or `error`. Plain JSON. */
export interface PartLine {
  readonly file: string;
  readonly error?: string;
}

const STALE_MS = 3_600_000; // a part grows with every picture; what did not for an hour was left by a killed process

/** By UTF-16 code units: the order of a part's lines, and of what parts are merged to. */
export function inPartOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Makes the folder of the parts, and finds the part if it is there already, made of the same pictures; null where it is to
 * be made, as always with `force`.
 * @throws UsageError if what is there was made otherwise; FileError if the folder cannot be made
 */
export async function donePart(
  plan: PartPlan,
  { force = false }: { readonly force?: boolean | undefined } = {},
): Promise<PartMeta | null> {
  const path = join(plan.out, partName(plan.shard));
  await mkdir(plan.out, { recursive: true }).catch((cause) => {
    throw cause.code === "EEXIST"
      ? new UsageError("--out", `${plan.out} is a file. With --shard it is a folder for the parts.`, { cause })
      : unwritable(plan.out, cause);
  });
  const found = force ? null : await stat(path).catch(() => null);
  if (found === null) return null;
  const meta = await readPartMeta(join(plan.out, metaName(plan.shard))).catch(() => null);
  if (meta === null || meta.bytes !== found.size) return null; // not whole: a copy that broke off, a meta of another
  const otherwise = difference(meta, { ...plan, effnet: packageVersion() });
  if (otherwise !== null) {
    throw new UsageError("--out", `${path} was ${otherwise}. Give another folder, or --force to do it again.`);
  }
  return meta.contents === contentsDigest(plan.contents) ? meta : null;
}

/**
 * Writes the part: its lines beside their place, then its description, then the rename that makes it a part.
 * @param lines one a picture, by name (`inPartOrder`)
 * @throws FileError if it cannot be written; what `lines` throws, the signal's reason included: then nothing is left
 */
export async function writePart(
  plan: PartPlan,
  lines: AsyncIterable<PartLine>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<PartMeta> {
  const [path, metaPath] = [join(plan.out, partName(plan.shard)), join(plan.out, metaName(plan.shard))];
  const file = await PartialFile.open(path);
  try {
    const hash = createHash("sha256");
    let [pictures, broken, bytes] = [0, 0, 0];
    for await (const line of lines) {
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      hash.update(text);
      await file.write(text, signal);
      pictures++;
      bytes += text.length;
      if (line.error !== undefined) broken++;
    }
    signal?.throwIfAborted();
    const { command, model, settings, shard, place } = plan;
    const run = { effnet: packageVersion(), command, shard, model, settings, place };
    const meta = {
      ...run,
      pictures,
      broken,
      contents: contentsDigest(plan.contents),
      bytes,
      sha256: hash.digest("hex"),
    };
    // An older part must not lie beside the new description.
    await rm(path, { force: true });
    await writeWhole(metaPath, `${JSON.stringify(meta)}\n`);
    await file.commit();
    await removeOldPartials(plan);
    return meta;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/**
 * A picture's error as parts have it, the same on every machine and in every run: its name for its path, and without what
 * the decoder says in brackets, whose words depend on what else was decoded at that moment (libvips keeps one list of errors
 * for all threads).
 */
export function recordedError(message: string, path: string, name: string): string {
  const what = message.startsWith(`${path}:`) ? message.slice(path.length) : `: ${message}`;
  return name + what.replace(/ \(.*\)(?=\. )/s, "");
}

/** SHA-256 of a state dict, in hexadecimal: names, shapes and float32 values, whatever file they came from. */
export function weightsDigest(stateDict: StateDict): string {
  const hash = createHash("sha256");
  for (const [name, { shape, data }] of [...stateDict].sort(([a], [b]) => inPartOrder(a, b))) {
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    hash.update(`${name} ${shape.join("×")}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}

/** As package.json says, which lies two folders up, in the bundle of the command line, too. */
function packageVersion(): string {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
}

function contentsDigest(contents: readonly string[]): string {
  const hash = createHash("sha256");
  for (const line of contents) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** What killed processes left of this part. Another machine may be at the same part: its file is young. */
async function removeOldPartials({ out, shard }: PartPlan): Promise<void> {
  const stem = `.${partName(shard).replace(/jsonl$/, "")}`;
  for (const name of await readdir(out).catch(() => [])) {
    if (!name.startsWith(stem) || !name.endsWith(".partial")) continue;
    const found = await stat(join(out, name)).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > STALE_MS) await rm(join(out, name), { force: true });
  }
}
