// Gradients before an update: by the norm of all, element by element, or by each output unit's own norm.

import type { Numbers } from "../parameters.ts";
import type { Clip } from "../trainer.ts";

const NORM_EPSILON = 1e-6; // torch's clip_grad_norm_
const LEAST_WEIGHT_NORM = 1e-3; // timm's adaptive_clip_grad: a unit near zero may still move
const LEAST_GRADIENT_NORM = 1e-6;

/** Clips in place. Both maps have the same names. @returns the norm of all before, if that is what is clipped */
export function clipGradients(
  clip: Clip | null,
  gradients: ReadonlyMap<string, Numbers>,
  parameters: ReadonlyMap<string, Numbers>,
): number | null {
  if (clip === null) return null;
  const { limit } = clip;
  switch (clip.kind) {
    case "norm": {
      let squares = 0;
      for (const { data } of gradients.values()) squares += normOf(data) ** 2;
      const total = Math.sqrt(squares);
      const factor = Math.min(1, limit / (total + NORM_EPSILON));
      for (const { data } of gradients.values()) for (let i = 0; i < data.length; i++) data[i] *= factor;
      return total;
    }
    case "value":
      for (const { data } of gradients.values()) {
        for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i], -limit), limit);
      }
      return null;
    case "adaptive":
      for (const [name, gradient] of gradients) {
        if (!clip.exempt.includes(name)) clipUnits(gradient, parameters.get(name) as Numbers, limit);
      }
      return null;
  }
}

/** A unit is a row of the first axis; a vector is one unit as a whole. */
function clipUnits({ shape, data }: Numbers, parameter: Numbers, limit: number): void {
  const length = shape.length > 1 ? data.length / shape[0] : data.length;
  for (let from = 0; from < data.length; from += length) {
    const unit = data.subarray(from, from + length);
    const most = Math.max(normOf(parameter.data.subarray(from, from + length)), LEAST_WEIGHT_NORM) * limit;
    const norm = normOf(unit);
    if (norm < most) continue;
    const factor = most / Math.max(norm, LEAST_GRADIENT_NORM);
    for (let i = 0; i < length; i++) unit[i] *= factor;
  }
}

function normOf(data: Float64Array): number {
  let squares = 0;
  for (const value of data) squares += value * value;
  return Math.sqrt(squares);
}
