// A model as a weights file of ours: timm's tensors, and in the metadata what `createModel` needs to make it again.

import { descriptionMetadata } from "../weights/metadata.ts";
import { type WriteOptions, writeSafetensors } from "../weights/safetensors.ts";
import { storedFrom } from "../weights/state-dict.ts";
import type { Model } from "./model.ts";

/**
 * The bytes of a safetensors file. `createModel({ weights: bytes })` makes the same model of them, without a name; timm
 * loads the tensors as they are.
 * @throws DisposedError if the model is; UsageError if a value does not fit into float16
 */
export async function toSafetensors(model: Model, options: Pick<WriteOptions, "half"> = {}): Promise<Uint8Array> {
  const { architecture, config, labels, plan } = model;
  const metadata = descriptionMetadata({ architecture, config, labels, plan: plan ?? undefined });
  return writeSafetensors(storedFrom(await model.stateDict()), { ...options, metadata });
}
