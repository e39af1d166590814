// A model over one part of many pictures: what `classify --shard` and `embed --shard` do, for programs that do it themselves.

import { createHash } from "node:crypto";
import { EffnetError, type ErrorCode } from "../errors.ts";
import type { Outcome } from "../model/ahead.ts";
import type { ClassifyOptions, Model, PictureOptions } from "../model/model.ts";
import type { Prediction } from "../model/predict.ts";
import type { Tensor } from "../tensor.ts";
import { type NamedPicture, ofShard, picturesBelow } from "./named.ts";
import { donePart, type PartLine, type PartPlan, recordedError, weightsDigest, writePart } from "./part.ts";
import type { PartCommand, PartMeta } from "./part-meta.ts";
import { parseShard, type Shard } from "./shard.ts";

export interface ShardOptions {
  /** `3/64`, or as a value. */
  readonly shard: Shard | string;
  /** Folder of all parts; made where it is missing. */
  readonly out: string;
  /** Does the part again even if it is there. Default false. */
  readonly force?: boolean | undefined;
  /** Hears of each picture that cannot be read, in one line. It becomes an `error` in the part. */
  readonly onBroken?: ((line: string) => void) | undefined;
  /** Hears how many pictures the part has, before the first is read. Not called for a part that is there. */
  readonly onStart?: ((pictures: number) => void) | undefined;
}

export interface ClassifyPartOptions extends ClassifyOptions, ShardOptions {
  /** Below this probability the best class of a picture is called unsure. Default: the model's own. */
  readonly minProbability?: number | undefined;
}

export interface EmbedPartOptions extends PictureOptions, ShardOptions {}

/** A part that is there now. */
export interface Part extends PartMeta {
  /** It was there before; nothing was computed. */
  readonly wasDone: boolean;
}

/**
 * Classifies one part of many pictures into a file under `out`, whole or not at all. A part that is there, of the same
 * model, options and pictures, is done: nothing is computed.
 * @param pictures a folder, with all below it; or pictures by name, the same list on every machine
 * @throws UsageError if the part that is there was made otherwise; FileError if it cannot be written; UnsupportedError if
 * the decoder is missing; the signal's reason, after which nothing is left
 */
export function classifyPart(
  model: Model,
  pictures: string | readonly NamedPicture[],
  options: ClassifyPartOptions,
): Promise<Part> {
  const { topK = 5, minProbability = model.config.minProbability ?? 0 } = options;
  const settings = {
    labels: createHash("sha256").update(JSON.stringify(model.labels)).digest("hex"),
    temperature: model.config.temperature ?? 1,
    topK,
    minProbability,
  };
  return picturesPart<Prediction[]>(model, pictures, options, {
    command: "classify",
    settings,
    answers: (paths) => model.classifyEach(paths, options),
    line: (file, predictions) => {
      const unsure = predictions[0].probability < minProbability ? { unsure: true } : {};
      return { file, ...unsure, predictions };
    },
  });
}

/** As `classifyPart`, for `model.embed`: lines are `{ file, embedding }`, nine digits a number, which tell every float32. */
export function embedPart(
  model: Model,
  pictures: string | readonly NamedPicture[],
  options: EmbedPartOptions,
): Promise<Part> {
  return picturesPart<Tensor>(model, pictures, options, {
    command: "embed",
    settings: {},
    answers: (paths) => model.embedEach(paths, options),
    line: (file, { data }) => ({ file, embedding: Array.from(data, (x) => Number(x.toPrecision(9))) }),
  });
}

interface Work<A> {
  readonly command: PartCommand;
  readonly settings: PartPlan["settings"];
  readonly answers: (paths: readonly string[]) => AsyncIterable<Outcome<string, A>>;
  readonly line: (file: string, answer: A) => PartLine;
}

async function picturesPart<A>(
  model: Model,
  pictures: string | readonly NamedPicture[],
  options: PictureOptions & ShardOptions,
  work: Work<A>,
): Promise<Part> {
  const shard = typeof options.shard === "string" ? parseShard(options.shard, "shard") : options.shard;
  const mine = ofShard(typeof pictures === "string" ? await picturesBelow(pictures) : pictures, shard);
  const plan: PartPlan = {
    command: work.command,
    model: { name: model.architecture.name, weights: weightsDigest(await model.stateDict()) },
    settings: { transform: model.transform(options), exif: options.exif ?? false, ...work.settings },
    out: options.out,
    shard,
    place: typeof pictures === "string" ? pictures : "",
    contents: mine.map(({ name }) => name),
  };
  const done = await donePart(plan, options);
  if (done !== null) return { ...done, wasDone: true };
  options.onStart?.(mine.length);
  return { ...(await writePart(plan, lines(mine, options, work), options)), wasDone: false };
}

/** Errors that are a picture's own fault: it is recorded, and the work goes on. */
const BROKEN: readonly ErrorCode[] = ["file", "shape", "hub"];

async function* lines<A>(
  pictures: readonly NamedPicture[],
  { onBroken }: ShardOptions,
  { answers, line }: Work<A>,
): AsyncGenerator<PartLine, void, undefined> {
  const paths = pictures.filter(({ error }) => error === undefined).map(({ path }) => path);
  const outcomes = answers(paths)[Symbol.asyncIterator]();
  try {
    for (const { name, path, error } of pictures) {
      if (error !== undefined) {
        onBroken?.(`${name}: ${error}`);
        yield { file: name, error: `${name}: ${error}` };
        continue;
      }
      const { value: outcome } = (await outcomes.next()) as IteratorYieldResult<Outcome<string, A>>;
      if (outcome.value !== undefined) {
        yield line(name, outcome.value);
        continue;
      }
      if (!(outcome.error instanceof EffnetError) || !BROKEN.includes(outcome.error.code)) throw outcome.error;
      const { message } = outcome.error;
      onBroken?.(message);
      yield { file: name, error: recordedError(message, path, name) };
    }
  } finally {
    await outcomes.return?.();
  }
}
