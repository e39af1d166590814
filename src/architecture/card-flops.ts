// The "FLOPs" of timm's published model cards, as they were counted: not the honest MACs (those are in cost.ts).
// All 48 cards come out exactly.

import type { Architecture } from "./architecture.ts";
import { type Layer, layers } from "./layers.ts";

/**
 * The input a card's FLOPs were counted at, which is not square: the cards were made with one sample photograph, resized
 * by its short edge and not cropped. Height is the card's image size, width ⌊size · 1546 / 1213⌋; 224 → 224×285.
 */
export function cardInput(imageSize: number): { height: number; width: number } {
  return { height: imageSize, width: Math.floor((imageSize * 1546) / 1213) };
}

/**
 * A card's FLOPs: per convolution output elements · (k²·in/groups + 1 with bias), a multiply-add being one; 2 for each
 * element of a norm; (h·w + 1) for each channel of the global pool; all else, the classifier included, 0. A convolution
 * that pads SAME at run time counts 0: the counter looked for exact layer classes and missed timm's own.
 */
export function cardFlops(a: Architecture, imageSize: number): number {
  return layers(a, cardInput(imageSize)).reduce((sum, layer) => sum + flops(layer), 0);
}

function flops(layer: Layer): number {
  const { input, output } = layer;
  const outputs = output.height * output.width * output.channels;
  switch (layer.kind) {
    case "convolution": {
      if (layer.isDynamicallyPadded) return 0;
      const inputs = layer.isDepthwise ? 1 : input.channels;
      return outputs * (layer.kernel ** 2 * inputs + (layer.hasBias ? 1 : 0));
    }
    case "se":
      return outputs * (input.channels + 1);
    case "norm":
      return 2 * outputs;
    case "pool":
      return (input.height * input.width + 1) * output.channels;
    default:
      return 0;
  }
}
