// Parts of `embed` as one safetensors file, read twice: names first, since they stand before the numbers; then numbers.

import { FileError } from "../errors.ts";
import type { MergedParts } from "../run/merge.ts";
import { safetensorsHead } from "../weights/safetensors.ts";
import { told } from "./merge-progress.ts";
import type { Out } from "./out.ts";
import type { Session } from "./session.ts";

/** As `embed --out` writes it: pictures that cannot be read are left out. */
export async function mergeEmbeddings(parts: MergedParts, out: Out, { signal, terminal }: Session): Promise<void> {
  const files: string[] = [];
  let channels = 0;
  for await (const { file, text } of parts.lines(signal)) {
    const vector = vectorIn(text, file);
    if (vector === null) continue;
    files.push(file);
    channels ||= vector.length;
  }
  const metadata = new Map([
    ["effnet.files", JSON.stringify(files)],
    ["effnet.model", parts.model.name],
  ]);
  const end = files.length * channels * Float32Array.BYTES_PER_ELEMENT;
  const shape = [files.length, channels];
  await out.write(safetensorsHead([{ name: "embeddings", dtype: "F32", shape, begin: 0, end }], metadata));
  for await (const { file, text } of told(parts, signal, terminal)) {
    const vector = vectorIn(text, file);
    if (vector === null) continue;
    if (vector.length !== channels) throw new FileError(file, `expected ${channels} numbers, got ${vector.length}.`);
    await out.write(new Uint8Array(vector.buffer));
  }
}

/** `[c]`; null for a picture that could not be read. */
function vectorIn(text: string, file: string): Float32Array<ArrayBuffer> | null {
  const { error, embedding } = JSON.parse(text) as { error?: unknown; embedding?: unknown };
  if (error !== undefined) return null;
  if (Array.isArray(embedding)) return Float32Array.from(embedding);
  throw new FileError(file, "its line in the part has no embedding. Do the part again with --force.");
}
