// `effnet evaluate --shard`: what became of each picture of one part, from which `merge` makes the figures.

import { type Dataset, sampleCount } from "../data/dataset.ts";
import { portionOf } from "../data/portion.ts";
import {
  donePart,
  inPartOrder,
  type PartLine,
  type PartPlan,
  recordedError,
  weightsDigest,
  writePart,
} from "../run/part.ts";
import { hasTar, type Shard, shardOf } from "../run/shard.ts";
import { answered } from "../training/evaluate.ts";
import { BrokenPictures } from "./data.ts";
import { batchesOf, computedBy, type EvaluateFlags, type Evaluating, openEvaluation } from "./evaluate-open.ts";
import { judgedByName } from "./evaluate-result.ts";
import { counted, grouped } from "./numbers.ts";
import { EXIT, type Session } from "./session.ts";
import { shardAsked, tellPart } from "./shard.ts";

/** @returns 0 whether or not all pictures can be read: the part says which cannot */
export async function evaluatePart(session: Session, place: string, flags: EvaluateFlags): Promise<number> {
  const { terminal, signal } = session;
  const { shard, out } = await shardAsked(flags);
  const opened = await openEvaluation(session, place, flags);
  const { model, dataset, decoders, evaluated } = opened;
  try {
    const mine = await portionOf(dataset, {
      hasSample: (name) => shardOf(name, shard.count) === shard.index,
      hasTar: (at) => hasTar(shard, at),
    });
    const plan = await planOf(opened, mine, { place, out, shard });
    const [, computed] = computedBy(opened, flags).split(" · ");
    const done = await donePart(plan, flags);
    if (done !== null) {
      tellPart(session, { ...done, wasDone: true }, 0, computed);
      return EXIT.fine;
    }
    const broken = new BrokenPictures((line) => terminal.problem(line));
    const source = await batchesOf(opened, mine, broken, flags);
    const whose = `part ${shard.index} of ${shard.count}: ${grouped(source.samples)}`;
    terminal.note(
      `${whose} of ${counted(sampleCount(dataset), "picture")} of ${evaluated.split} · ${computedBy(opened, flags)}`,
    );
    const startMs = performance.now();
    const answers = await answered(model, source, { signal, onProgress: terminal.onProgress });
    const judgements = judgedByName(answers, model.labels.length, evaluated.temperature);
    const errors = broken.lines.map(({ file, error }) => ({ file, error: recordedError(error, file, file) }));
    const lines = [...judgements, ...errors].sort((a, b) => inPartOrder(a.file, b.file));
    const meta = await writePart(plan, inTurn(lines), { signal });
    tellPart(session, { ...meta, wasDone: false }, performance.now() - startMs, computed);
    return EXIT.fine;
  } finally {
    await Promise.all([decoders.dispose(), model.dispose()]);
  }
}

async function planOf(
  { model, transform, evaluated }: Evaluating,
  dataset: Dataset,
  where: { readonly place: string; readonly out: string; readonly shard: Shard },
): Promise<PartPlan> {
  const contents: string[] = [];
  // Of tar shards the names alone: samples are not known before they are read.
  for await (const { name } of dataset.tars ?? dataset.samples()) contents.push(name);
  return {
    command: "evaluate",
    model: { name: model.architecture.name, weights: weightsDigest(await model.stateDict()) },
    settings: { transform, split: evaluated.split, temperature: evaluated.temperature, labels: model.labels },
    contents,
    ...where,
  };
}

async function* inTurn(lines: readonly PartLine[]): AsyncGenerator<PartLine, void, undefined> {
  yield* lines;
}
