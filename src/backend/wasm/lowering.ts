// What the rules that turn an op into a kernel call may ask for.

import type { Activation } from "../../graph/ops.ts";
import type { Numbers } from "../parameters.ts";
import type { Place } from "./layout.ts";
import type { Machine } from "./split.ts";

export interface Lowering {
  /** Where a value lies. */
  place(value: string): Place;
  /** A parameter's numbers, for a rule that joins several. */
  numbers(parameter: string): Numbers;
  /** The address of a weight in panels, see `Packing`; each form of a parameter exists once. */
  panels(parameter: string, pitch: number, width: number): number;
  /** The address of a depthwise weight as taps. */
  taps(parameter: string): number;
  /** The address of a vector at the pitch. */
  vector(parameter: string): number;
  /** The address of numbers that belong to this program alone. */
  constant(data: Float32Array | Uint32Array): number;
  /** The address of a table of byte offsets, one an output pixel, rows `rowStep` and pixels `pixelStep` bytes apart. */
  table(height: number, width: number, rowStep: number, pixelStep: number): number;
  readonly machine: Machine;
}

const ACTIVATION_CODES: Record<Activation, number> = { silu: 1, relu: 2, relu6: 3, sigmoid: 4 };

/** The number by which kernels/activation.ts knows the function; 0 is none. */
export function activationCode(activation: Activation | null): number {
  return activation === null ? 0 : ACTIVATION_CODES[activation];
}
