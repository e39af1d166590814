// What data gives to training: samples become batches, and a source of batches has a stream for every epoch.

import type { Picture } from "../image/picture.ts";
import type { WaitOptions } from "../progress.ts";
import type { Tensor } from "../tensor.ts";

/** Where a sample's picture is: a path (in a page: an address), a file's bytes, or decoded pixels. */
export type PictureSource = string | Blob | Uint8Array<ArrayBuffer> | Picture;

/** One picture to be, and its class. */
export interface Sample {
  /** As the user knows it, the same in every epoch: `train/dress/1.jpg`, `train-000003.tar/dress_1.jpg`. */
  readonly name: string;
  /** Index into the classes of its dataset. */
  readonly label: number;
  readonly source: PictureSource;
}

/** What one forward pass takes. */
export interface Batch {
  /** `[n, h, w, c]`, float32, normalised as the network takes it. */
  readonly x: Tensor;
  /** `[n]`, one class index a picture; where pictures were mixed, that of the one whose place it is. */
  readonly labels: Int32Array;
  /** `[n, classes]`, float32: what the loss takes instead of `labels` where pictures were mixed. */
  readonly targets?: Tensor;
  /** The samples' names, in the order of `x`. */
  readonly names: readonly string[];
  /** Samples of the epoch's stream up to the end of this batch, broken ones included: `from` of a resumed run. */
  readonly next: number;
}

export interface EpochOptions extends Pick<WaitOptions, "signal"> {
  /** Where in the epoch's stream to begin: `next` of the last batch that was used. Default 0. */
  readonly from?: number | undefined;
}

/**
 * Batches for as many epochs as asked. The stream of an epoch is a pure function of the source's seed and the epoch's
 * number, whatever prepared it and wherever it begins.
 */
export interface BatchSource {
  /** One name per class; `labels` index it. */
  readonly classes: readonly string[];
  /** Samples of an epoch, broken ones included. */
  readonly samples: number;
  /** Pictures of a batch; the last of an evaluation may have fewer. */
  readonly batch: number;
  /** Of its pictures in pixels, where all epochs have the same. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** Batches of an epoch; fewer come where pictures are broken. */
  readonly batches: number;
  epoch(epoch: number, options?: EpochOptions): AsyncIterable<Batch>;
}
