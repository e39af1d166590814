// Weights files that the tests of the command line write for it to read.

import { writeFileSync } from "node:fs";
import { architectureOf } from "#effnet/architecture/build.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { initialize } from "#effnet/weights/initialize.js";
import { writeSafetensors } from "#effnet/weights/safetensors.js";
import { storedFrom } from "#effnet/weights/state-dict.js";

/** Random weights of a network of the family, without a word about which. */
export function weightsFile(path: string, name: ModelName, options: { readonly classes?: number } = {}): void {
  const tensors = initialize(architectureOf(name, options), 1, { scheme: "timm" });
  writeFileSync(path, writeSafetensors(storedFrom(tensors)));
}
