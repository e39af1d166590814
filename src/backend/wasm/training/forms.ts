// Private orders of parameters while they train. Weight, gradient, slots and average of one parameter lie alike, so that
// updates need not know the order; padding holds zeros and stays zero.

import { SMALLEST } from "../../parameters.ts";
import { PITCH, roundUp } from "../layout.ts";

/** A vector at the pitch. */
export interface VectorForm {
  readonly kind: "vector";
  readonly channels: number;
  readonly floats: number;
}

/** `[c, 1, kh, kw]` as `[kh][kw][c at the pitch]`. */
export interface TapsForm {
  readonly kind: "taps";
  readonly channels: number;
  readonly taps: number;
  readonly floats: number;
}

/**
 * OIHW or `[out, in]` as `[panel of outputs][row][panel]`, rows = kernel height · run: the pixels and channels of a kernel row
 * as they lie in memory, `pitch` floats from pixel to pixel. The last panel is of 8 if that is enough.
 */
export interface PanelsForm {
  readonly kind: "panels";
  readonly outputs: number;
  readonly inputs: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly pitch: number;
  readonly panel: number;
  readonly run: number;
  readonly floats: number;
}

export type Form = VectorForm | TapsForm | PanelsForm;

export function vectorForm(channels: number): VectorForm {
  return { kind: "vector", channels, floats: roundUp(channels, PITCH) };
}

export function tapsForm([channels, , kernelHeight, kernelWidth]: readonly number[]): TapsForm {
  const taps = kernelHeight * kernelWidth;
  return { kind: "taps", channels, taps, floats: taps * roundUp(channels, PITCH) };
}

export function panelsForm(shape: readonly number[], pitch: number, panel: number): PanelsForm {
  const [outputs, inputs, kernelHeight = 1, kernelWidth = 1] = shape;
  const run = (kernelWidth - 1) * pitch + inputs;
  const floats = roundUp(outputs, PITCH) * kernelHeight * run;
  return { kind: "panels", outputs, inputs, kernelHeight, kernelWidth, pitch, panel, run, floats };
}

/** Where each element of the parameter, in the state dict's order, lies in its form: `take(place)`, in floats. */
function eachPlace(form: Form, take: (place: number) => void): void {
  if (form.kind === "vector") {
    for (let c = 0; c < form.channels; c++) take(c);
  } else if (form.kind === "taps") {
    const pitch = roundUp(form.channels, PITCH);
    for (let c = 0; c < form.channels; c++) for (let tap = 0; tap < form.taps; tap++) take(tap * pitch + c);
  } else {
    const { outputs, inputs, kernelHeight, kernelWidth, pitch, panel, run } = form;
    const rows = kernelHeight * run;
    for (let o = 0; o < outputs; o++) {
      const first = o - (o % panel);
      const width = Math.min(panel, roundUp(outputs, PITCH) - first);
      const start = first * rows + (o - first);
      for (let i = 0; i < inputs; i++) {
        for (let kh = 0; kh < kernelHeight; kh++) {
          for (let kw = 0; kw < kernelWidth; kw++) take(start + (kh * run + kw * pitch + i) * width);
        }
      }
    }
  }
}

/** Writes a parameter into its form; `packed` is as long as the form, its padding is left alone. */
export function pack(form: Form, data: Float32Array | Float64Array, packed: Float32Array): void {
  let from = 0;
  eachPlace(form, (place) => {
    const value = data[from++];
    packed[place] = Math.abs(value) < SMALLEST ? 0 : value;
  });
}

/** The opposite. */
export function unpack(form: Form, packed: Float32Array, length: number): Float32Array {
  const data = new Float32Array(length);
  let to = 0;
  eachPlace(form, (place) => {
    data[to++] = packed[place];
  });
  return data;
}
