// Weights by name: from the hub's cache, a hub or a folder to what `readWeightsFile` gives.

import { openHub } from "#hub";
import type { OpenOptions } from "../weights/hub/hub.ts";
import { findPretrained, type Place } from "../weights/hub/pretrained.ts";
import type { RepositoryConfig } from "../weights/hub/repository-config.ts";
import type { Description } from "../weights/metadata.ts";
import { readWeightsFile, type WeightsFile } from "./weights-file.ts";

/**
 * Has the weights brought, and reads them.
 * @throws HubError if they cannot be had; FileError if they, or what is said of them, are broken
 */
export async function readPretrained(place: Place, options: OpenOptions): Promise<WeightsFile> {
  const { weights, config } = await findPretrained(await openHub(options), place);
  const { signal, onProgress } = options;
  const waiting = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const file = await readWeightsFile(weights.source, waiting, weights.name);
  return { ...file, description: describedBy(file.description, config, place), tag: config?.tag ?? null };
}

/** The file knows its own shapes best; classes and preprocessing are the repository's, but a tag's are in its name. */
export function describedBy(own: Description, config: RepositoryConfig | null, place: Place): Description {
  if (config === null) return own;
  const labels = config.labels ?? own.labels;
  if (place.kind === "tag") return { ...own, labels };
  return {
    ...own,
    architecture: own.architecture ?? config.architecture,
    config: { ...own.config, ...config.config },
    labels,
  };
}
