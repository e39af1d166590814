// A weights file of a network so small that the command line trains it in a test with the slowest backend.

import { writeFileSync } from "node:fs";
import type { PretrainedConfig } from "#effnet/architecture/architecture.js";
import { initialize } from "#effnet/weights/initialize.js";
import { descriptionMetadata } from "#effnet/weights/metadata.js";
import { writeSafetensors } from "#effnet/weights/safetensors.js";
import { storedFrom } from "#effnet/weights/state-dict.js";
import { toyNetwork } from "../training/toy.ts";

const SIDE = 8; // pixels

/** Random weights of a toy network for colour pictures, as a file of ours. */
export function toyFile(path: string, labels: readonly string[]): void {
  const classes = labels.length;
  const architecture = { ...toyNetwork, inChannels: 3, classes };
  const config: PretrainedConfig = {
    inputSize: { channels: 3, height: SIDE, width: SIDE },
    interpolation: "bilinear",
    cropPct: 1,
    cropMode: "center",
    mean: [0.4, 0.4, 0.4],
    std: [0.25, 0.25, 0.25],
    classes,
  };
  const tensors = initialize(architecture, 1, { scheme: "torch" });
  writeFileSync(
    path,
    writeSafetensors(storedFrom(tensors), { metadata: descriptionMetadata({ architecture, config, labels }) }),
  );
}
