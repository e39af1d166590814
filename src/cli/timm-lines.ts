// The lines of Python that load an exported file with timm.

import type { Architecture } from "../architecture/architecture.ts";
import type { TimmNetwork } from "../architecture/timm-network.ts";

/** @param shapes the file of the shape text, where the widths are not those of a network of timm's */
export function timmLines(network: TimmNetwork, a: Architecture, weights: string, shapes: string): string[] {
  const args = [
    JSON.stringify(network.name),
    `num_classes=${a.classes}`,
    ...(a.inChannels === 3 ? [] : [`in_chans=${a.inChannels}`]),
  ].join(", ");
  const path = JSON.stringify(weights);
  if (network.shapes === null) return ["import timm", `model = timm.create_model(${args}, checkpoint_path=${path})`];
  return [
    "import timm",
    "from timm.models import load_checkpoint",
    "from timm.models._prune import adapt_model_from_string",
    `parent = timm.create_model(${args})`,
    `model = adapt_model_from_string(parent, open(${JSON.stringify(shapes)}).read())`,
    `load_checkpoint(model, ${path})`,
  ];
}
