// Before a pruning begins or goes on: its data, the parent, the budgets, and the plan that says what happens to them.

import { augmentationFor, FINE_TUNING, SMALL_PICTURES } from "../data/augment/recipe.ts";
import { type Dataset, type Splits, sampleCount } from "../data/dataset.ts";
import { DEFAULT_HOLDOUT } from "../data/holdout.ts";
import { evaluationBatches } from "../data/loader.ts";
import { UsageError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import type { LatencyTable } from "../pruning/latency.ts";
import type { PlanOptions, PruneData } from "../pruning/prune.ts";
import { scoringSamples } from "../pruning/sampling.ts";
import { type Recipe, type RecipeOptions, recipeFor, type Workload } from "../training/recipe.ts";
import { openSplits, withClasses } from "./data.ts";
import { openModel } from "./network.ts";
import { budgetsOf, type KeptBudget } from "./prune-budgets.ts";
import { type PruneFlags, planOptions } from "./prune-flags.ts";
import { tableFor } from "./prune-table.ts";
import type { Session } from "./session.ts";
import type { Teller } from "./teller.ts";
import { augmentOptions, recipeOptions } from "./train-flags.ts";
import { absolute, dataIn, flagsAgain, keepBytes, networkIn } from "./train-origins.ts";
import { type Plan, requirePictures } from "./train-plan.ts";
import { defaultBatch, EVALUATION_BATCH, isSmall, type Prepared, prepared, transformOf } from "./train-prepare.ts";

const SAMPLES = 2000; // pictures that scores, statistics and fits are taken over

/** What decides a pruning besides what decides its training; plain data of `config.json`. */
export interface PrunePlan extends Plan {
  readonly pruning: {
    readonly budgets: readonly KeptBudget[];
    readonly options: PlanOptions;
    readonly rounds: number | null;
    readonly refit: "keep" | "recalibrate" | false;
    readonly comparison: "select" | "linear";
    readonly gamma: number;
    readonly alpha: number;
  };
}

export interface PreparedPruning extends Omit<Prepared<PrunePlan>, "data"> {
  readonly data: PruneData;
  readonly table: LatencyTable | null;
}

/** @param file the parent's weights */
export async function preparedNew(
  session: Session,
  file: string | undefined,
  flags: PruneFlags,
  teller: Teller,
): Promise<PreparedPruning> {
  const place = flags.data;
  if (file === undefined && flags.model === undefined) {
    throw new UsageError("file", "expected the weights to prune, or --resume with a run's folder.");
  }
  if (place === undefined) {
    throw new UsageError("--data", "expected a folder of classes or tar shards: what the network was trained on.");
  }
  const { seed = 0, holdout = DEFAULT_HOLDOUT } = flags;
  const named: PruneFlags = { ...flags, head: false, weights: file ?? flags.weights ?? "pretrained" };
  const reopen = (classes?: readonly string[]): Promise<Splits> =>
    openSplits(session, place, { seed, holdout, classes });
  return opened(session, named, teller, {
    table: (model) => {
      const isAsked = flags.latency !== undefined || flags.table !== undefined;
      return isAsked ? tableFor(session, model, named) : Promise.resolve(null);
    },
    splits: async (model) => {
      const splits = await withClasses(await reopen(), model.labels, reopen);
      for (const { message } of splits.findings) teller.note(message);
      return splits;
    },
    keepBytes: keepBytes(flags),
    plan: (model, { splits, table, train }) => {
      const transform = transformOf(model, flags);
      const batch = flags.batch ?? defaultBatch(flags, sampleCount(train));
      const augmentation = augmentationFor(
        transform,
        augmentOptions(flags, isSmall(transform) ? SMALL_PICTURES : FINE_TUNING),
      );
      const epochs = flags.epochs ?? 5;
      const options = { layerDecay: 1, dropPath: 0, ...defined(recipeOptions(named)), epochs, head: null };
      return {
        data: dataIn(splits, place, flags),
        network: networkIn(named),
        seed,
        batch,
        transform,
        augmentation,
        recipe: recipeOf(options, { batch, batches: Math.floor(sampleCount(train) / batch), hasPlain: false }),
        pruning: {
          budgets: budgetsOf(flags, model.architecture, transform, table),
          options: planOptions(flags),
          rounds: flags.rounds ?? null,
          refit: flags.refit ?? "keep",
          comparison: flags.compare ?? "select",
          gamma: flags.gamma ?? 1,
          alpha: flags.alpha ?? 0,
        },
      };
    },
  });
}

/** A pruning that goes on, by its own plan. @param table the one that it began with */
export async function preparedAgain(
  session: Session,
  plan: PrunePlan,
  { path, table }: { readonly path: string; readonly table: LatencyTable | null },
  flags: PruneFlags,
  teller: Teller,
): Promise<PreparedPruning> {
  const { data, seed } = plan;
  const place = flags.data ?? data.place;
  return opened(session, flagsAgain(flags, plan), teller, {
    table: () => Promise.resolve(table),
    splits: async () => {
      const splits = await openSplits(session, place, { seed, holdout: data.holdout, classes: data.classes });
      requirePictures(splits, plan, path);
      return splits;
    },
    keepBytes: data.keepBytes,
    plan: () => ({ ...plan, data: { ...data, place: absolute(place) } }),
  });
}

/** What there is before the plan. */
interface Known {
  readonly splits: Splits;
  readonly table: LatencyTable | null;
  /** Training pictures, in memory where they fit. */
  readonly train: Dataset;
}

interface Parts {
  readonly table: (model: Model) => Promise<LatencyTable | null>;
  readonly splits: (model: Model) => Promise<Splits>;
  readonly keepBytes: number;
  readonly plan: (model: Model, known: Known) => PrunePlan;
}

async function opened(session: Session, flags: PruneFlags, teller: Teller, parts: Parts): Promise<PreparedPruning> {
  const model = await openModel(session, flags);
  try {
    const splits = await parts.splits(model);
    const table = await parts.table(model);
    let train = splits.train;
    const ready = await prepared<PrunePlan>(session, flags, teller, {
      splits,
      keepBytes: parts.keepBytes,
      model: async () => model,
      plan: (_, kept) => {
        train = kept;
        return parts.plan(model, { splits, table, train: kept });
      },
    });
    const { plan, broken } = ready;
    const samples = plan.pruning.options.samples ?? SAMPLES;
    const scored = scoringSamples(train as Dataset, { seed: plan.seed, samples });
    const options = { batch: EVALUATION_BATCH, decoders: ready.decoders, onBroken: broken.tell };
    const scoring = evaluationBatches(scored, plan.transform, options);
    return { ...ready, data: { ...ready.data, scoring }, table };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** A recipe for no epochs, too: then it is only on paper. */
function recipeOf(options: RecipeOptions & { readonly epochs: number }, work: Workload): Recipe {
  return { ...recipeFor({ ...options, epochs: Math.max(1, options.epochs) }, work), epochs: options.epochs };
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
