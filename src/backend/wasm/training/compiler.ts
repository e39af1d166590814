// The training kernels as a module, compiled once for all trainers of a backend's weights.

import { compileKernels, compileWide } from "#compiler";
import { decoded, type Mode } from "../kernels.ts";
import { trainingKernelBytes } from "./kernels.ts";
import { firstTrainingDifference } from "./wide-check.ts";

/** The mode's build for shared or unshared memory; widened on request, where that can be had and passes its check. */
export async function compileTrainingKernels(
  mode: Mode,
  isWide: boolean,
  isShared: boolean,
  onWarning: ((message: string) => void) | undefined,
): Promise<WebAssembly.Module> {
  if (isWide) {
    const { wasm } = await import("../modules/training.wide.shared.ts");
    const widened = compileWide(firstTrainingDifference, decoded(wasm));
    if (typeof widened !== "string") return widened;
    onWarning?.(`wide: ${widened}. Training in mode ${mode}.`);
  }
  return compileKernels(trainingKernelBytes(mode, isShared));
}
