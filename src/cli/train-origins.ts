// Where a run's pictures and network come from: from the flags into its plan, and for a run that goes on back again.

import { resolve } from "node:path";
import type { Splits } from "../data/dataset.ts";
import { DEFAULT_HOLDOUT } from "../data/holdout.ts";
import { isNetworkFile } from "./network-file.ts";
import type { TrainFlags } from "./train-flags.ts";
import { type Plan, picturesOf } from "./train-plan.ts";

const KEEP_MB = 256;

/** The pictures of a run that begins. */
export function dataIn(splits: Splits, place: string, flags: TrainFlags): Plan["data"] {
  return {
    place: absolute(place),
    classes: splits.classes,
    pictures: picturesOf(splits),
    holdout: flags.holdout ?? DEFAULT_HOLDOUT,
    isBalanced: flags.balanced === true,
    keepBytes: keepBytes(flags),
    ...(flags.others === undefined ? {} : { others: absolute(flags.others) }),
  };
}

/** The network of a run that begins. */
export function networkIn({ model, weights = "pretrained", backend, scratch }: TrainFlags): Plan["network"] {
  const isPath = model !== undefined && (isNetworkFile(model) || model.startsWith("local-dir:"));
  return {
    model: model === undefined ? null : isPath ? absolute(model) : model,
    weights: scratch ? null : weights === "pretrained" ? weights : absolute(weights),
    backend,
  };
}

/** The flags of a run that goes on: its own seed and network. */
export function flagsAgain<F extends TrainFlags>(flags: F, { network, seed }: Plan): F {
  const { model, weights, backend } = network;
  const begun = weights === null ? { scratch: true as const } : { weights };
  return { ...flags, seed, backend, ...(model === null ? {} : { model }), ...begun };
}

/** What decoded pictures may take in memory. */
export function keepBytes({ keep = KEEP_MB }: TrainFlags): number {
  return keep * 2 ** 20;
}

/** An absolute path; addresses and names of the hub stay as they are. */
export function absolute(place: string): string {
  const [, prefix, path] = /^(local-dir:)(.+)$/.exec(place) ?? [];
  if (path !== undefined) return prefix + resolve(path);
  return /^(https?|hf[-_]hub):/i.test(place) ? place : resolve(place);
}
