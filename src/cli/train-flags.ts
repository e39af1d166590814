// The options of `effnet train`, and what they ask for in the words of data and training.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { AugmentOptions } from "../data/augment/recipe.ts";
import type { Criterion } from "../training/evaluate.ts";
import type { OptimizerName } from "../training/optimizer.ts";
import type { RecipeOptions } from "../training/recipe.ts";
import { type PictureFlags, whole, within } from "./options.ts";

export interface TrainFlags extends Omit<PictureFlags, "exif"> {
  readonly scratch?: true;
  readonly resume?: string;
  /** Minutes. */
  readonly checkpoint?: number;
  readonly dryRun?: true;
  readonly holdout?: number;
  readonly balanced?: true;
  readonly decoders?: number;
  readonly keep?: number;
  readonly headOnly?: true;
  readonly others?: string;
  /** False by `--no-head`. */
  readonly head: boolean;
  readonly epochs?: number;
  readonly lr?: number;
  readonly opt?: OptimizerName;
  readonly weightDecay?: number;
  readonly layerDecay?: number;
  readonly norms?: "batch" | "running";
  readonly freeze?: readonly string[];
  readonly accumulation?: number;
  readonly smoothing?: number;
  readonly drop?: number;
  readonly dropPath?: number;
  readonly clipGrad?: number;
  readonly classWeights?: true;
  readonly best?: Criterion;
  /** A decay; false by `--no-average`. */
  readonly average?: number | false;
  readonly crop?: "resized" | "shifted" | "center";
  readonly scale?: readonly [number, number];
  readonly hflip?: number;
  readonly vflip?: number;
  readonly colorJitter?: number;
  readonly aa?: string;
  readonly reprob?: number;
  readonly mixup?: number;
  readonly cutmix?: number;
  readonly mixupOffEpoch?: number;
}

export function withData(command: Command): Command {
  return command
    .optionsGroup("Data:")
    .option(
      "--holdout <share>",
      "where there is no validation split: share of each class held back (0.1)",
      within(0, 0.9),
    )
    .option("--balanced", "draw every class as often as any other")
    .option("--decoders <n>", "threads that prepare pictures ahead (default: one a core, at most 4)", whole(0, 64))
    .option("--keep <MB>", "keep decoded pictures in memory if they take no more (default: 256)", whole(0))
    .option("--dry-run", "check the data (empty classes, broken and repeated pictures) and print the plan");
}

export function withRecipe(command: Command): Command {
  return command
    .optionsGroup("Recipe (defaults are for fine-tuning on some thousand photos):")
    .option("--head-only", "the classifier alone, on features that are computed once: seconds to minutes")
    .option("--others <folder>", "with --head-only: pictures of none of the classes, to learn to be unsure of")
    .option("--no-head", "do not fit the classifier first")
    .option("--epochs <n>", "passes of the whole network over the data (5; from scratch 30)", whole(1))
    .option("--lr <rate>", "highest learning rate (AdamW: 3e-4 at batch 32)", within(0, 1e6))
    .addOption(optimizerOption("adamw; from scratch sgd"))
    .option("--weight-decay <d>", "of weights, not of biases and norms (0.02; from scratch 5e-4)", within(0, 1e3))
    .option("--layer-decay <d>", "each layer's rate is this times that of the one after it (0.8)", within(0, 1))
    .option("--freeze <pattern>", "layers that do not learn, e.g. 'blocks.0.*'; may come again", collected)
    .addOption(normsOption())
    .option("--accumulation <n>", "batches before each update (1)", whole(1))
    .option("--smoothing <share>", "label smoothing (0.1)", within(0, 1))
    .option("--class-weights", "rare classes count more, in inverse proportion")
    .option("--drop <share>", "dropout before the classifier (0.2)", within(0, 0.99))
    .option("--drop-path <share>", "residuals dropped in the last block (0.1)", within(0, 0.99))
    .option("--clip-grad <norm>", "largest norm of the gradients; 0: none (1)", within(0, 1e9))
    .option("--average <decay>", "keep a running average of the weights (from 500 updates on)", within(0, 1))
    .option("--no-average", "keep none")
    .addOption(bestOption());
}

export function optimizerOption(byDefault: string): Option {
  const names: OptimizerName[] = ["sgd", "momentum", "sgdw", "adam", "adamw", "rmsproptf"];
  return new Option("--opt <name>", `optimizer (${byDefault})`).choices(names);
}

export function normsOption(): Option {
  const text = "statistics of batch norms: the running ones stay as they are";
  return new Option("--norms <which>", text).choices(["batch", "running"]);
}

export function bestOption(): Option {
  const text = "what makes weights the best on the held-back pictures: the least loss, or the highest top-1 (loss)";
  return new Option("--best <what>", text).choices(["loss", "top1"] satisfies Criterion[]);
}

export function withAugmentation(command: Command): Command {
  return command
    .optionsGroup("Augmentation, as timm's:")
    .addOption(
      new Option("--crop <kind>", "random part, resized; moved by 4 pixels; or the middle").choices([
        "resized",
        "shifted",
        "center",
      ]),
    )
    .option("--scale <least,most>", "share of the area that a random crop shows (0.35,1)", pair)
    .option("--hflip <p>", "left and right exchanged (0.5)", within(0, 1))
    .option("--vflip <p>", "top and bottom exchanged (0)", within(0, 1))
    .option("--color-jitter <v>", "brightness, contrast, saturation (0)", within(0, 10))
    .option("--aa <text>", "RandAugment, e.g. rand-m6-mstd0.5-inc1")
    .option("--reprob <p>", "random erasing (0)", within(0, 1))
    .option("--mixup <alpha>", "mix pictures of a batch (0)", within(0, 100))
    .option("--cutmix <alpha>", "cut pieces of others into pictures (0)", within(0, 100))
    .option("--mixup-off-epoch <n>", "mix nothing from this epoch on", whole(1));
}

/** What of the flags decides how weights change. */
export function recipeOptions(flags: TrainFlags): RecipeOptions {
  const { clipGrad, average, headOnly } = flags;
  return {
    start: flags.scratch ? "scratch" : "pretrained",
    seed: flags.seed ?? 0,
    ...(flags.head && !flags.scratch ? {} : { head: null }),
    epochs: headOnly ? 0 : flags.epochs,
    rate: flags.lr,
    optimizer: flags.opt,
    weightDecay: flags.weightDecay,
    layerDecay: flags.layerDecay,
    norms: flags.norms,
    freeze: flags.freeze,
    accumulation: flags.accumulation,
    smoothing: flags.smoothing,
    dropout: flags.drop,
    dropPath: flags.dropPath,
    best: flags.best,
    ...(clipGrad === undefined ? {} : { clip: clipGrad === 0 ? null : { kind: "norm", limit: clipGrad } }),
    ...(average === false ? { average: null } : {}),
    ...(typeof average === "number" ? { average: { decay: average, isWarmedUp: true, after: 0 } } : {}),
  };
}

/** What of the flags decides what is drawn for pictures; `base` is what holds for the rest. */
export function augmentOptions(flags: TrainFlags, base: AugmentOptions): AugmentOptions {
  const { crop, scale, hflip, vflip, colorJitter, aa, reprob, mixup, cutmix, mixupOffEpoch, smoothing } = flags;
  const given = { crop, scale, hflip, vflip, colorJitter, aa, reprob, mixup, cutmix, mixupOffEpoch, smoothing };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(entries) };
}

/** Flags that may stand beside `--resume`: what they change leaves the result as it is. */
const WITH_RESUME: ReadonlySet<string> = new Set([
  "resume",
  "checkpoint",
  "threads",
  "wide",
  "decoders",
  "json",
  "quiet",
  "verbose",
]);

/** The first flag that a resumed run cannot heed, as the user wrote it. */
export function beyondResume(command: Command): string | undefined {
  const given = command.options.find(
    (option) =>
      !WITH_RESUME.has(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === "cli",
  );
  return given?.long;
}

export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function pair(text: string): readonly [number, number] {
  const [least, most, ...more] = text.split(",").map(Number);
  if (more.length === 0 && least > 0 && most >= least) return [least, most];
  throw new InvalidArgumentError("Expected two numbers such as 0.35,1.");
}
