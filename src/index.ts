// The package's main entry: the model and what it is made of. Nothing of training, pruning, onnx or the command line.

export * from "./errors.ts";
export type { OnProgress, Progress, WaitOptions } from "./progress.ts";
export { Random } from "./random.ts";
export { elements, type StateDict, type Tensor, tensor } from "./tensor.ts";
