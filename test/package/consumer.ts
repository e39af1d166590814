// A user's program: `scripts/smoke.mjs` compiles it, strictly, against the packed package's types.

import {
  createModel,
  type EffnetError,
  FileError,
  listModels,
  type Model,
  type ModelName,
  type Prediction,
  type Tensor,
} from "effnet";
import { type Architecture, architectureOf, cost, layers } from "effnet/architecture";
import { type ChannelGroup, groups } from "effnet/pruning";
import { classifyPart, openParts, type Part } from "effnet/run";
import { type Metrics, metricsOf } from "effnet/training";

const name: ModelName = "efficientnet_b1_pruned";
// @ts-expect-error a name that timm does not know
const misspelt: ModelName = "efficientnet_b1_prunned";

export async function classify(paths: readonly string[], signal: AbortSignal): Promise<Prediction[][]> {
  const model: Model = await createModel(name, { weights: "weights.safetensors", threads: 2, signal });
  try {
    const first: Prediction[] = await model.classify(paths[0], { topK: 3 });
    const all: Prediction[][] = await model.classify(paths, { topK: 3, signal });
    const features: Tensor[] = (
      await model.features({ shape: [1, 64, 64, 3], data: new Float32Array(64 * 64 * 3) })
    ).map((level) => level.map);
    return features.length > 0 ? [first, ...all] : [];
  } catch (error) {
    if (error instanceof FileError) throw new Error(`${error.file} ${error.code satisfies EffnetError["code"]}`);
    throw error;
  } finally {
    await model.dispose();
  }
}

export async function part(model: Model, shard: `${number}/${number}`): Promise<number> {
  const made: Part = await classifyPart(model, "photos", { shard, out: "answers", topK: 1 });
  let lines = 0;
  for await (const { file } of (await openParts(["answers"])).lines()) lines += file.length > 0 ? 1 : 0;
  return made.pictures + lines;
}

export const names: readonly string[] = [...listModels("*_pruned"), misspelt];
export const network: Architecture = architectureOf(name, { classes: 10 });
export const macs: number = cost(layers(network, { height: 240, width: 240 })).macs;
export const channels: readonly ChannelGroup[] = groups(network);
export const metrics: Metrics = metricsOf({ shape: [1, 2], data: Float32Array.of(0, 1) }, [1]);
