// What a pruning keeps between its steps, as files of its run folder, and what of it a resumed one finds.

import { importanceFromJson } from "../pruning/importance-json.ts";
import { planFromJson, planToJson } from "../pruning/plan-json.ts";
import type { PruneResume, Pruning } from "../pruning/prune.ts";
import type { Checkpoint } from "../run/checkpoint.ts";
import type { RunFolder } from "../run/folder.ts";
import { trainingIndex, trainingState } from "../run/recorder.ts";
import { type Description, descriptionMetadata, readDescription } from "../weights/metadata.ts";
import { readSafetensors, writeSafetensors } from "../weights/safetensors.ts";
import { stateDictFrom, storedFrom } from "../weights/state-dict.ts";

/** File names of round r, from 0. */
export const KEPT = {
  importance: (round: number) => `importance${suffix(round)}.json`,
  /** What the round has cut and refitted, before its training. */
  cut: (round: number) => `cut${suffix(round)}.safetensors`,
  /** What is left at its end. */
  left: (round: number) => `left${suffix(round)}.safetensors`,
} as const;

export const PLAN = "plan.json";
export const TABLE = "latency.json";

/** A pruning as a weights file that says what it is. */
export function bytesOf({ plan, stateDict }: Pruning, description: Description): Uint8Array {
  const metadata = descriptionMetadata({ ...description, plan: planToJson(plan) });
  return writeSafetensors(storedFrom(stateDict), { metadata });
}

/** Where the run was; null at its very beginning. */
export async function found(folder: RunFolder, checkpoint: Checkpoint | null): Promise<PruneResume | null> {
  let before: Pruning | null = null;
  for (let round = 0; ; round++) {
    const left: Pruning | null = await pruningIn(folder, KEPT.left(round));
    if (left !== null) {
      before = left;
      continue;
    }
    const cut = await pruningIn(folder, KEPT.cut(round));
    const scored = await folder.kept(KEPT.importance(round));
    if (round === 0 && cut === null && scored === null) return null;
    const isTrained = checkpoint !== null && trainingIndex(checkpoint.place) === round;
    return {
      round,
      before,
      ...(scored === null ? {} : { importance: importanceFromJson(textOf(scored), KEPT.importance(round)) }),
      ...(cut === null ? {} : { cut }),
      ...(isTrained ? { training: await trainingIn(folder, checkpoint) } : {}),
    };
  }
}

async function trainingIn(
  folder: RunFolder,
  { tensors, place }: Checkpoint,
): Promise<NonNullable<PruneResume["training"]>> {
  const state = trainingState(tensors, place);
  const bytes = state.place.best === null ? null : await folder.readBest();
  if (bytes === null) return { state };
  return { state, best: stateDictFrom(readSafetensors(bytes, "best.safetensors").tensors) };
}

async function pruningIn(folder: RunFolder, name: string): Promise<Pruning | null> {
  const bytes = await folder.kept(name);
  if (bytes === null) return null;
  const { tensors, metadata } = readSafetensors(bytes, name, { isKept: true });
  const { plan } = readDescription(metadata, name);
  return { plan: planFromJson(plan, name), stateDict: stateDictFrom(tensors) };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function suffix(round: number): string {
  return round === 0 ? "" : `-${round + 1}`;
}
