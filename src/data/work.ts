// What a decoder does: one picture from its source to what the batch takes, or to a fingerprint of its pixels.

import { decode } from "#decode";
import { EffnetError, FileError, HubError, ShapeError } from "../errors.ts";
import type { Picture } from "../image/picture.ts";
import { crop, type Transform } from "../image/preprocess.ts";
import { Random } from "../random.ts";
import { augment, type PictureRecipe } from "./augment/augment.ts";
import type { Sample } from "./batch.ts";
import { isPicture, sourceBytes } from "./source.ts";

/** A sample's picture: as it is, or as a batch takes it. Jobs are data, so that they can travel to a thread. */
export type PictureJob =
  | { readonly kind: "decode"; readonly sample: Sample }
  | { readonly kind: "crop"; readonly sample: Sample; readonly transform: Transform }
  | ({ readonly kind: "augment"; readonly sample: Sample; readonly recipe: PictureRecipe } & Turn);

/** When a picture is seen: names its stream of random numbers. */
interface Turn {
  readonly seed: number;
  readonly epoch: number;
  /** Its place in the epoch's stream. */
  readonly index: number;
}

/** Makes a text that two samples share if they show the same pixels. */
export interface FingerprintJob {
  readonly kind: "fingerprint";
  readonly sample: Sample;
}

export type Job = PictureJob | FingerprintJob;

/** The picture is to blame. */
export interface BrokenOutcome {
  readonly kind: "broken";
  readonly message: string;
}

/** This machine is to blame: no picture can be prepared. */
export interface FailedOutcome {
  readonly kind: "failed";
  readonly message: string;
}

export interface PictureOutcome {
  readonly kind: "picture";
  readonly picture: Picture;
}

export interface FingerprintOutcome {
  readonly kind: "fingerprint";
  readonly fingerprint: string;
}

export type Outcome = PictureOutcome | FingerprintOutcome | BrokenOutcome | FailedOutcome;

/** Never rejects. */
export async function work(job: Job): Promise<Outcome> {
  try {
    const picture = await pictureOf(job.sample);
    if (job.kind === "fingerprint") return { kind: "fingerprint", fingerprint: await fingerprint(picture) };
    return { kind: "picture", picture: prepared(picture, job) };
  } catch (error) {
    const isBroken = error instanceof FileError || error instanceof HubError || error instanceof ShapeError;
    const message = error instanceof EffnetError ? error.message : String((error as Error).stack ?? error);
    return { kind: isBroken ? "broken" : "failed", message };
  }
}

/** In memory of its own: that of the platform's decoder may not travel, and that of a picture in memory is its owner's. */
function prepared(source: Picture, job: PictureJob): Picture {
  const result = transformed(source, job);
  return result.data.buffer === source.data.buffer ? { ...result, data: result.data.slice() } : result;
}

function transformed(source: Picture, job: PictureJob): Picture {
  if (job.kind === "decode") return source;
  if (job.kind === "crop") return crop(source, job.transform);
  return augment(source, job.recipe, new Random(job.seed, "augment", job.epoch, job.index));
}

async function pictureOf({ name, source }: Sample): Promise<Picture> {
  return isPicture(source) ? source : decode(await sourceBytes(source), { name });
}

/** 128 bits of the SHA-256 of sides and pixels: equal for the same picture, whatever its file is called and holds besides. */
async function fingerprint({ width, height, data }: Picture): Promise<string> {
  const pixels = new Uint8Array(8 + data.length);
  new Uint32Array(pixels.buffer, 0, 2).set([width, height]);
  pixels.set(data, 8);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", pixels)).subarray(0, 16);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
