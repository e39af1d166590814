// The pictures of a source in equal lots, for work that looks at all of them many times.

import type { BatchSource } from "../data/batch.ts";
import { ShapeError, shown, UsageError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";

/** Of the pictures, in pixels. @throws UsageError if none could be read */
export async function sizeOf(
  source: BatchSource,
  signal: AbortSignal | undefined,
): Promise<{ readonly height: number; readonly width: number }> {
  if (source.size !== undefined) return source.size;
  for await (const { x } of source.epoch(0, signal === undefined ? {} : { signal })) {
    return { height: x.shape[1], width: x.shape[2] };
  }
  throw NONE();
}

/**
 * `[lot, h, w, c]` after `[lot, h, w, c]`, the last with what is left; the source's own batches do not matter.
 * @throws UsageError if no picture could be read; ShapeError if they differ in size
 */
export async function* lotsOf(
  source: BatchSource,
  lot: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Tensor, void, undefined> {
  let lotShape: readonly number[] | null = null;
  let data = new Float32Array();
  let filled = 0; // numbers of the lot under way
  for await (const { x } of source.epoch(0, signal === undefined ? {} : { signal })) {
    const picture = x.shape.slice(1);
    if (lotShape === null) {
      lotShape = [lot, ...picture];
      data = new Float32Array(lot * (x.data.length / x.shape[0]));
    }
    if (picture.join() !== lotShape.slice(1).join()) {
      throw new ShapeError("data", `expected pictures ${shown(lotShape.slice(1))}, got ${shown(picture)}.`);
    }
    for (let at = 0; at < x.data.length; ) {
      const count = Math.min(data.length - filled, x.data.length - at);
      data.set(x.data.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < data.length) continue;
      yield { shape: lotShape, data };
      data = new Float32Array(data.length);
      filled = 0;
    }
  }
  if (lotShape === null) throw NONE();
  const length = data.length / lot;
  if (filled > 0) yield { shape: [filled / length, ...lotShape.slice(1)], data: data.subarray(0, filled) };
}

const NONE = (): UsageError => new UsageError("data", "expected pictures, got none that could be read.");
