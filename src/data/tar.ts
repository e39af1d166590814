// WebDataset's samples out of one tar stream: members with one key, side by side, are a sample.

import { createTarDecoder } from "modern-tar";
import { FileError } from "../errors.ts";
import type { Sample } from "./batch.ts";
import type { SplitName } from "./dataset.ts";

/** A tar file, and how to read it from the start. */
export interface Shard {
  readonly name: string;
  /** Default: what its name says. */
  readonly split?: SplitName | undefined;
  readonly open: () => Promise<ReadableStream<Uint8Array>>;
}

/** A sample as a shard holds it; `key` is its name without shard and extension. */
export interface ShardSample extends Sample {
  readonly key: string;
  readonly source: Uint8Array<ArrayBuffer>;
}

/** A sample, or why there is none where one should be. */
export type ShardItem = ShardSample | { readonly error: FileError };

/** In the order in which they are preferred where a sample has several. */
const PICTURES = ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "avif"];
const LABEL = "cls";
const LIMIT_BYTES = 256 * 2 ** 20; // of one member; memory grows with what was read, never with what a header announces

/**
 * The samples of a shard, in its order. A sample without a label or picture, or with two of them, is an error in its
 * place; a shard that breaks off gives its whole samples, then an error.
 *
 * Key and extension as in the webdataset library: the key ends at the base name's first dot, the rest in lower case is
 * the extension; `__x__` at the top and names that begin with a dot are no samples.
 */
export async function* shardSamples(shard: Shard): AsyncGenerator<ShardItem, void, undefined> {
  let key: string | null = null;
  let fields = new Map<string, Uint8Array<ArrayBuffer>>();
  let twice: string | null = null;
  const finished = (): ShardItem => sampleOf(shard.name, key ?? "", fields, twice);
  try {
    for await (const { name, bytes } of members(shard)) {
      const dot = name.indexOf(".", name.lastIndexOf("/") + 1);
      const [memberKey, extension] = [name.slice(0, dot), name.slice(dot + 1).toLowerCase()];
      if (memberKey !== key) {
        if (key !== null) yield finished();
        [key, fields, twice] = [memberKey, new Map(), null];
      }
      if (fields.has(extension)) twice = extension;
      fields.set(extension, bytes);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    yield { error: new FileError(shard.name, `the tar is broken or cut off (${reason}). Fetch it again.`, { cause }) };
    return; // the last sample may lack its end
  }
  if (key !== null) yield finished();
}

interface Member {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The regular files that may be part of a sample; pictures and labels with their bytes, others without. */
async function* members(shard: Shard): AsyncGenerator<Member, void, undefined> {
  const file = await shard.open();
  const plain = /\.t?gz$/i.test(shard.name) ? file.pipeThrough(gunzip()) : file;
  const entries = plain.pipeThrough(createTarDecoder({ strict: true })).getReader();
  try {
    for (let step = await entries.read(); !step.done; step = await entries.read()) {
      const { header, body } = step.value;
      const { name, size } = header;
      if ((header.type ?? "file") !== "file" || !isSampleName(name)) {
        await body.cancel();
        continue;
      }
      const isRead = isWanted(name);
      if (isRead && size > LIMIT_BYTES) throw new Error(`"${name}" announces ${size} bytes`);
      if (!isRead) await body.cancel();
      yield { name, bytes: isRead ? await bytesOf(body) : new Uint8Array(0) };
    }
  } finally {
    await entries.cancel().catch(() => {}); // closes the file when nobody reads on
  }
}

/** The types of the stream of bytes differ between platforms' libraries only in who may share the memory. */
function gunzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  return new DecompressionStream("gzip") as unknown as ReadableWritablePair<Uint8Array, Uint8Array>;
}

function isSampleName(name: string): boolean {
  const base = name.slice(name.lastIndexOf("/") + 1);
  return base.indexOf(".") > 0 && !/^__[^/]*__(\/|$)/.test(name);
}

function isWanted(name: string): boolean {
  const extension = name.slice(name.indexOf(".", name.lastIndexOf("/") + 1) + 1).toLowerCase();
  return extension === LABEL || PICTURES.includes(extension);
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  let length = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    parts.push(step.value);
    length += step.value.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function sampleOf(
  shard: string,
  key: string,
  fields: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  twice: string | null,
): ShardItem {
  const extension = PICTURES.find((candidate) => fields.has(candidate));
  const name = `${shard}/${key}`;
  const broken = (what: string): ShardItem => ({ error: new FileError(name, what) });
  if (twice !== null) return broken(`expected one member ".${twice}" of this key, got several side by side.`);
  if (extension === undefined) return broken(`expected a picture (${PICTURES.join(", ")}), got none.`);
  const text = new TextDecoder().decode(fields.get(LABEL)).trim();
  if (!/^\d{1,6}$/.test(text)) {
    const got = fields.has(LABEL) ? `"${text.slice(0, 20)}"` : "no such member";
    return broken(`expected a class index in ".${LABEL}", got ${got}.`);
  }
  const source = fields.get(extension) ?? new Uint8Array(0);
  return { name: `${name}.${extension}`, key, label: Number(text), source };
}
