// A network and data small enough to train in a test: 8×8 pictures of two channels, three classes told apart by stripes.

import type { Architecture, PretrainedConfig } from "#effnet/architecture/architecture.js";
import type { Backend, LoadOptions } from "#effnet/backend/backend.js";
import { referenceBackend } from "#effnet/backend/reference/reference.js";
import type { Batch, BatchSource } from "#effnet/data/batch.js";
import { Model } from "#effnet/model/model.js";
import { Random } from "#effnet/random.js";
import type { StateDict } from "#effnet/tensor.js";
import type { Report } from "#effnet/training/train.js";
import { initialize } from "#effnet/weights/initialize.js";

export const CLASSES = ["flat", "rows", "columns"];
export const SIZE = 8;
const CHANNELS = 2;

export const toyNetwork: Architecture = {
  name: "toy",
  inChannels: CHANNELS,
  classes: CLASSES.length,
  stem: { width: 6, kernel: 3, stride: 1 },
  stages: [
    [{ kind: "ds", kernel: 3, stride: 1, out: 6, hasSkip: true, squeeze: 2 }],
    [
      { kind: "ir", kernel: 3, stride: 2, out: 8, expanded: 16, squeeze: null, hasSkip: false },
      { kind: "ir", kernel: 3, stride: 1, out: 8, expanded: 16, squeeze: null, hasSkip: true },
    ],
  ],
  head: { width: 12 },
  activation: "silu",
  norm: { epsilon: 1e-3, momentum: 0.1 },
  padding: "same",
};

const config: PretrainedConfig = {
  inputSize: { channels: CHANNELS, height: SIZE, width: SIZE },
  interpolation: "bilinear",
  cropPct: 1,
  cropMode: "center",
  mean: [0, 0],
  std: [1, 1],
  classes: CLASSES.length,
};

export async function toyModel(
  architecture = toyNetwork,
  stateDict?: StateDict,
  { backend = referenceBackend, ...loading }: LoadOptions & { readonly backend?: Backend } = {},
): Promise<Model> {
  const parameters = stateDict ?? initialize(architecture, 1, { scheme: "torch" });
  const weights = await backend.load(parameters, loading);
  return new Model({ architecture, config, labels: CLASSES, tag: null, plan: null, parameters, weights });
}

export interface ToyOptions {
  /** Pictures. Default 24. */
  readonly count?: number;
  /** Default 6. */
  readonly batch?: number;
  /** Tells splits apart. Default "train". */
  readonly split?: string;
  /** Batches end with pictures left over. Default true: the rest is left out. */
  readonly isWhole?: boolean;
  /** Leaves the order as it is. Default false. */
  readonly isShuffled?: boolean;
  /** Told of every batch that is taken. */
  readonly onBatch?: (epoch: number, index: number) => void;
}

/** Pictures whose class follows from their index. */
export function toySource(options: ToyOptions = {}): BatchSource {
  const { count = 24, batch = 6, split = "train", isWhole = true, isShuffled = isWhole, onBatch } = options;
  const batches = isWhole ? Math.floor(count / batch) : Math.ceil(count / batch);
  return {
    classes: CLASSES,
    samples: count,
    batch,
    batches,
    async *epoch(epoch, { from = 0, signal } = {}) {
      const shift = isShuffled ? new Random(3, "order", epoch).below(count) : 0;
      for (let at = from; at + (isWhole ? batch : 1) <= count; at += batch) {
        signal?.throwIfAborted();
        onBatch?.(epoch, at / batch);
        const size = Math.min(batch, count - at);
        yield batchOf(
          Array.from({ length: size }, (_, i) => (at + i + shift) % count),
          split,
          at + size,
        );
      }
    },
  };
}

function batchOf(pictures: readonly number[], split: string, next: number): Batch {
  const pixels = SIZE * SIZE * CHANNELS;
  const data = new Float32Array(pictures.length * pixels);
  pictures.forEach((picture, n) => {
    const random = new Random(3, "picture", split, picture);
    const phase = random.below(2);
    for (let i = 0; i < pixels; i++) {
      const [y, x] = [Math.floor(i / CHANNELS / SIZE), Math.floor(i / CHANNELS) % SIZE];
      const stripe = [0.5, (y + phase) % 2, (x + phase) % 2][picture % CLASSES.length];
      data[n * pixels + i] = 2 * stripe - 1 + 0.4 * random.normal();
    }
  });
  return {
    x: { shape: [pictures.length, SIZE, SIZE, CHANNELS], data },
    labels: Int32Array.from(pictures, (picture) => picture % CLASSES.length),
    names: pictures.map((picture) => `${split}/${picture}`),
    next,
  };
}

/** Every report, in order. */
export async function reportsOf(reports: AsyncIterable<Report>): Promise<Report[]> {
  const all: Report[] = [];
  for await (const report of reports) all.push(report);
  return all;
}

export function ofKind<Kind extends Report["kind"]>(
  reports: readonly Report[],
  kind: Kind,
): Extract<Report, { kind: Kind }>[] {
  return reports.filter((report): report is Extract<Report, { kind: Kind }> => report.kind === kind);
}
