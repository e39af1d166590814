// Which networks of the family a state dict belongs to, so that an error can name the right one.

import { architectureOf } from "../architecture/build.ts";
import { type ModelName, ROWS } from "../architecture/rows.ts";
import { tensorSpecs } from "../architecture/tensors.ts";
import type { StateDict } from "../tensor.ts";

/**
 * The networks with exactly these tensors, whatever the number of classes and input channels. More than one where only
 * padding or norm epsilon differ (`efficientnet_b0`, `tf_efficientnet_b0`): tensors do not tell them apart.
 */
export function networksOf(stored: StateDict): ModelName[] {
  const inChannels = stored.get("conv_stem.weight")?.shape[1];
  if (inChannels === undefined) return [];
  const classes = stored.get("classifier.weight")?.shape[0] ?? 0;
  return (Object.keys(ROWS) as ModelName[]).filter((name) => {
    const a = architectureOf(name, { classes, inChannels });
    if (stored.get("conv_stem.weight")?.shape[0] !== a.stem.width) return false;
    if (stored.get("conv_head.weight")?.shape[0] !== a.head.width) return false;
    const specs = tensorSpecs(a).filter(({ role }) => role !== "num_batches_tracked");
    const known = [...stored.keys()].filter((key) => !key.endsWith(".num_batches_tracked")).length;
    return specs.length === known && specs.every((spec) => `${spec.shape}` === `${stored.get(spec.name)?.shape}`);
  });
}
