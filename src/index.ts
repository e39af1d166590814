// The package's main entry: the model and what it is made of. Nothing of training, pruning, onnx or the command line.
// The line below lets programs that compile for older libraries read `await using` in our types.
/// <reference lib="esnext.disposable" preserve="true" />

export { decode } from "#decode";
export type { Architecture, PretrainedConfig } from "./architecture/architecture.ts";
export { listModels } from "./architecture/list.ts";
export type { ModelName } from "./architecture/rows.ts";
export type { ModelTag } from "./architecture/tags.ts";
export * from "./errors.ts";
export type { DecodeOptions } from "./image/decode.ts";
export { fromPixels, type Picture } from "./image/picture.ts";
export type { CropMode, Transform } from "./image/preprocess.ts";
export type { Outcome } from "./model/ahead.ts";
export { type CreateOptions, createModel, type ModelId, type PlaceName } from "./model/create.ts";
export type { Input, PageImage } from "./model/input.ts";
export type { ClassifyOptions, Feature, Model, PictureOptions } from "./model/model.ts";
export { type Prediction, softmax, topK } from "./model/predict.ts";
export { toSafetensors } from "./model/save.ts";
export type { Source } from "./model/source.ts";
export type { OnProgress, Progress, WaitOptions } from "./progress.ts";
export { Random } from "./random.ts";
export { elements, type StateDict, type Tensor, tensor } from "./tensor.ts";
export type { HubOptions } from "./weights/hub/hub.ts";
export { readSafetensors, type Safetensors, type WriteOptions, writeSafetensors } from "./weights/safetensors.ts";
export { stateDictFrom, storedFrom } from "./weights/state-dict.ts";
export type { Dtype, StoredTensor } from "./weights/stored.ts";
