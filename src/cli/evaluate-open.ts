// What `evaluate` works on, whole or in parts: a network, data whose classes it knows, and threads that decode.

import type { BatchSource } from "../data/batch.ts";
import { type Dataset, SPLIT_NAMES, type SplitName, type Splits } from "../data/dataset.ts";
import type { Decoders } from "../data/decoders.ts";
import { UsageError } from "../errors.ts";
import type { Transform } from "../image/preprocess.ts";
import type { Model } from "../model/model.ts";
import { openModelOrBuiltIn } from "./built-in.ts";
import { type BrokenPictures, openSplits, startDecoders, withClasses } from "./data.ts";
import type { Evaluated } from "./evaluate-result.ts";
import { threadsOf } from "./network.ts";
import { counted } from "./numbers.ts";
import type { PictureFlags } from "./options.ts";
import type { Session } from "./session.ts";
import type { ShardFlags } from "./shard.ts";
import { shownText } from "./style.ts";

export interface EvaluateFlags extends Omit<PictureFlags, "exif">, ShardFlags {
  readonly split?: SplitName;
  readonly decoders?: number;
}

export interface Evaluating {
  readonly model: Model;
  readonly transform: Transform;
  readonly dataset: Dataset;
  readonly decoders: Decoders;
  readonly evaluated: Evaluated;
}

const BATCH = 8; // as classify's

/** Opens the model, the split that is meant, and the decoders; tells what there is to know of the data. */
export async function openEvaluation(session: Session, place: string, flags: EvaluateFlags): Promise<Evaluating> {
  const model = await openModelOrBuiltIn(session, flags);
  const transform = model.transform(flags);
  const reopen = (classes?: readonly string[]) => openSplits(session, place, { holdout: 0, classes });
  const { split, dataset, findings } = chosen(await withClasses(await reopen(), model.labels, reopen), place, flags);
  for (const { message } of findings) session.terminal.note(shownText(message));
  const { height, width } = transform;
  const evaluated = {
    data: place,
    split,
    network: model.architecture.name,
    inputSize: { height, width },
    temperature: model.config.temperature ?? 1,
  };
  return { model, transform, dataset, decoders: await startDecoders(session, flags.decoders), evaluated };
}

/** The dataset, or some of it, in batches. */
export async function batchesOf(
  { transform, decoders }: Evaluating,
  dataset: Dataset,
  broken: BrokenPictures,
  { batch = BATCH }: EvaluateFlags,
): Promise<BatchSource> {
  const { evaluationBatches } = await import("../data/loader.ts");
  return evaluationBatches(dataset, transform, { batch, decoders, onBroken: broken.tell });
}

/** `toy at 8×8 · wasm, 2 threads` */
export function computedBy({ evaluated }: Evaluating, flags: EvaluateFlags): string {
  const { height, width } = evaluated.inputSize;
  return `${evaluated.network} at ${height}×${width} · ${flags.backend}, ${counted(threadsOf(flags), "thread")}`;
}

/** The split that was asked for, else test before validation before train. @throws UsageError if it is not there */
function chosen(splits: Splits, place: string, { split }: EvaluateFlags) {
  const present = SPLIT_NAMES.filter((name) => splits[name] !== null);
  const name = split ?? present.at(-1);
  const dataset = name === undefined ? null : splits[name];
  if (name !== undefined && dataset !== null) return { split: name, dataset, findings: splits.findings };
  throw new UsageError("--split", `expected ${present.join(" or ")}, which ${place} has, got ${split}.`);
}
