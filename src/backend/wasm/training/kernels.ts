// The compiled loops of kernels/training/: their bytes in every build, and an instance over a memory.

import { decoded, type Mode } from "../kernels.ts";
import { wasm as relaxedShared } from "../modules/training.relaxed.shared.ts";
import { wasm as relaxed } from "../modules/training.relaxed.ts";
import { wasm as simdShared } from "../modules/training.simd.shared.ts";
import { wasm as simd } from "../modules/training.simd.ts";

export type Kernel = (...operands: number[]) => number | undefined;

/** Loops that a step calls; `squares` alone gives a number. */
export type TrainingKernelName =
  | "activateGradient"
  | "activateMap"
  | "adam"
  | "add"
  | "addPartials"
  | "average"
  | "binaryCrossEntropy"
  | "binaryCrossEntropyGradient"
  | "clamp"
  | "clearBorder"
  | "clearPadding"
  | "clipUnits"
  | "clipVector"
  | "combineStatistics"
  | "combineSums"
  | "convolution"
  | "crossEntropy"
  | "crossEntropyGradient"
  | "depthwise"
  | "depthwiseInputGradient"
  | "depthwiseWeightGradient"
  | "gate"
  | "gatedAgain"
  | "gatedSlope"
  | "gateGradient"
  | "gradientCoefficients"
  | "meanPool"
  | "momentum"
  | "moveRunning"
  | "multiply"
  | "normalize"
  | "normalizeInputGradient"
  | "normalizeSlope"
  | "plain"
  | "rootMeanSquare"
  | "rootMeanSquareCentered"
  | "scaleMap"
  | "spread"
  | "squaredError"
  | "squaredErrorGradient"
  | "squares"
  | "standardScale"
  | "sumGradient"
  | "sumRows"
  | "sumShifted"
  | "transpose"
  | "weightGradient";

export type TrainingKernels = Readonly<Record<TrainingKernelName, Kernel>> & {
  readonly tile: () => number;
  readonly panel: () => number;
};

/** Bytes at the start of memory that hold the kernels' constants, tables of exp and log among them. */
export const RESERVED_BYTES = 16384;

const builds: Record<Mode, { readonly unshared: string; readonly shared: string }> = {
  simd: { unshared: simd, shared: simdShared },
  relaxed: { unshared: relaxed, shared: relaxedShared },
};

/** The bytes of the mode's build for shared or unshared memory. */
export function trainingKernelBytes(mode: Mode, isShared: boolean): Uint8Array<ArrayBuffer> {
  return decoded(isShared ? builds[mode].shared : builds[mode].unshared);
}

export function instantiateTraining(module: WebAssembly.Module, memory: WebAssembly.Memory): TrainingKernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as TrainingKernels;
}
