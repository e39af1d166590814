// The options of `effnet prune`: how small, by which importance, and how it learns again.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { PlanOptions } from "../pruning/prune.ts";
import type { ScoreName } from "../pruning/sums.ts";
import { whole, within } from "./options.ts";
import { bestOption, collected, normsOption, optimizerOption, type TrainFlags } from "./train-flags.ts";

export interface PruneFlags extends TrainFlags {
  readonly data?: string;
  readonly macs?: Asked;
  readonly params?: Asked;
  readonly latency?: Asked;
  readonly table?: string;
  readonly solver?: "chain" | "kp";
  readonly score?: ScoreName;
  readonly curve?: "sum" | "joint";
  readonly samples?: number;
  readonly multiple?: number;
  readonly minimum?: number;
  readonly keep?: number;
  readonly keepGroup?: readonly string[];
  readonly removeBlocks?: true;
  readonly rounds?: number;
  /** False by `--no-refit`. */
  readonly refit?: "keep" | "recalibrate" | false;
  readonly compare?: "select" | "linear";
  readonly gamma?: number;
  readonly alpha?: number;
}

/** What a budget says: a share of the parent's cost, or a number of its unit. */
export type Asked = { readonly share: number } | { readonly limit: number };

export function withBudget(command: Command): Command {
  return command
    .optionsGroup("Budget (at least one; all hold):")
    .option("--macs <count>", "multiply-adds of a picture: 50%, 200M, 1.2G", budget(COUNTS))
    .option("--params <count>", "parameters: 50%, 4M", budget(COUNTS))
    .option("--latency <time>", "of a picture on this machine: 50%, 8ms", budget(TIMES))
    .option("--table <file>", "latencies that effnet measure wrote (default: measured first)");
}

export function withPlan(command: Command): Command {
  return command
    .optionsGroup("What goes:")
    .addOption(
      new Option("--solver <name>", "what chooses; kp: the paper's greedy, on true costs (chain)").choices([
        "chain",
        "kp",
      ]),
    )
    .addOption(
      new Option("--score <name>", "what a channel is worth (fisher; with kp: kp)").choices([
        "fisher",
        "gate-taylor",
        "second-order",
        "first",
        "feature",
        "kp",
        "l1",
        "random",
      ] satisfies ScoreName[]),
    )
    .addOption(
      new Option("--curve <kind>", "the sum of channels' scores, or what they are worth together (sum)").choices([
        "sum",
        "joint",
      ]),
    )
    .option("--samples <n>", "pictures that scores are taken over (2000)", whole(1))
    .option("--multiple <n>", "widths are multiples of it (8)", whole(1, 1024))
    .option("--minimum <n>", "least width (the multiple)", whole(1, 1024))
    .option("--keep-group <pattern>", "groups that stay as they are, e.g. 'blocks.0.*'; may come again", collected)
    .option("--remove-blocks", "whole residual blocks may go, too")
    .option("--rounds <n>", "cuts in turn (one for each 60 % that go)", whole(1, 10));
}

export function withRecovery(command: Command): Command {
  return command
    .optionsGroup("Recovery:")
    .option("--epochs <n>", "of inner distillation; 0: none (5)", whole(0))
    .option("--lr <rate>", "highest learning rate (AdamW: 3e-4 at batch 32)", within(0, 1e6))
    .addOption(optimizerOption("adamw"))
    .option("--weight-decay <d>", "of weights, not of biases and norms (0.02)", within(0, 1e3))
    .addOption(normsOption())
    .option("--smoothing <share>", "label smoothing (0.1)", within(0, 1))
    .option("--drop <share>", "dropout before the classifier (0.2)", within(0, 0.99))
    .option("--drop-path <share>", "residuals dropped in the last block (0)", within(0, 0.99))
    .option("--clip-grad <norm>", "largest norm of the gradients; 0: none (1)", within(0, 1e9))
    .addOption(bestOption())
    .addOption(
      new Option(
        "--refit <norms>",
        "fit layers to what the parent's gave; batch norms then keep the parent's statistics, or get those of what they see (keep)",
      ).choices(["keep", "recalibrate"]),
    )
    .option("--no-refit", "leave layers as they were cut")
    .addOption(
      new Option(
        "--compare <how>",
        "with the parent's kept channels, or all of them by a learned map (select)",
      ).choices(["select", "linear"]),
    )
    .option("--gamma <weight>", "of the distance to the parent's results (1)", within(0, 1e6))
    .option(
      "--alpha <share>",
      "of the loss that asks for the parent's answers instead of the labels (0)",
      within(0, 1),
    );
}

/** What of the flags decides the plan. */
export function planOptions(flags: PruneFlags): PlanOptions {
  const { solver, score, curve, samples, multiple, minimum, keepGroup, removeBlocks } = flags;
  const given = { solver, score, curve, samples, multiple, minimum, freeze: keepGroup, removesBlocks: removeBlocks };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const COUNTS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
const TIMES: Readonly<Record<string, number>> = { ms: 1, us: 1e-3, µs: 1e-3, s: 1e3 };

function budget(units: Readonly<Record<string, number>>): (text: string) => Asked {
  return (text) => {
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?(?:e\d+)?)\s*(%|[a-zµ]*)$/iu.exec(text.trim()) ?? [];
    const value = Number(digits);
    if (unit === "%" && value > 0 && value <= 100) return { share: value / 100 };
    const factor = units[unit.toLowerCase()];
    if (value > 0 && factor !== undefined) return { limit: value * factor };
    throw new InvalidArgumentError(
      units === TIMES
        ? "Expected a time such as 8ms, or a share such as 50%."
        : "Expected a count such as 4M, or a share such as 50%.",
    );
  };
}
