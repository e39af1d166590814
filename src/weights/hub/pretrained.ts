// Weights by name: which files of a repository or folder are meant, in timm's order, and what its config says of them.

import { HubError } from "../../errors.ts";
import type { Hub, HubFile } from "./hub.ts";
import { type Repository, repositoryOf, shownRepository } from "./repository.ts";
import { parseRepositoryConfig, type RepositoryConfig } from "./repository-config.ts";

/** What is asked for. */
export type Place =
  /** A network of the family: its repository, and its release file for when that has no weights. */
  | { readonly kind: "tag"; readonly hubId: string; readonly url: string | undefined }
  | { readonly kind: "hub"; readonly repository: string; readonly revision: string | null }
  | { readonly kind: "folder"; readonly path: string };

export interface Found {
  readonly weights: HubFile;
  /** Null: a tag's repository that has none, or has lost the way to it; its name says all but the labels. */
  readonly config: RepositoryConfig | null;
}

const WEIGHTS = ["model.safetensors", "pytorch_model.bin"];

/**
 * Has the files brought where they can be read.
 * @throws HubError if they cannot be had; FileError if the config is none of timm's, or a folder lacks them; UsageError for
 * a name that is none
 */
export async function findPretrained(hub: Hub, place: Place): Promise<Found> {
  if (place.kind === "folder") {
    const { config, weights } = await hub.folder(place.path);
    return { weights, config: await read(config) };
  }
  return place.kind === "hub"
    ? ofRepository(hub, repositoryOf(place.repository, place.revision))
    : ofTag(hub, repositoryOf(place.hubId), place.url);
}

async function ofRepository(hub: Hub, repository: Repository): Promise<Found> {
  const config = await hub.file(repository, "config.json");
  if (config === null) {
    const what = `${shownRepository(repository)}: has no config.json, which says what network it is.`;
    throw new HubError(`${what} Choose a repository in timm's format.`, { reason: "entry" });
  }
  const parsed = await read(config); // before megabytes are fetched for a network that is not of the family
  return {
    weights: await weightsOf(hub, { ...repository, revision: config.commit ?? repository.revision }),
    config: parsed,
  };
}

/** The name says everything already: a config that is missing or cannot be had is no reason to fail. */
async function ofTag(hub: Hub, repository: Repository, url: string | undefined): Promise<Found> {
  try {
    const config = await hub.file(repository, "config.json").catch((error: unknown) => {
      if (error instanceof HubError) return null;
      throw error;
    });
    const weights = await weightsOf(hub, { ...repository, revision: config?.commit ?? repository.revision });
    return { weights, config: config === null ? null : await read(config) };
  } catch (error) {
    if (!(error instanceof HubError) || url === undefined) throw error;
    const isMissing = error.reason === "entry" || error.reason === "revision" || error.reason === "repository";
    const weights = isMissing ? await hub.original(url) : await hub.keptOriginal(url);
    if (weights === null) throw error;
    return { weights, config: null };
  }
}

/** @throws HubError with reason `entry` if there are none */
async function weightsOf(hub: Hub, repository: Repository): Promise<HubFile> {
  for (const name of WEIGHTS) {
    const file = await hub.file(repository, name);
    if (file !== null) return file;
  }
  const what = `${shownRepository(repository)}: has neither ${WEIGHTS.join(" nor ")}.`;
  throw new HubError(`${what} Choose another repository.`, { reason: "entry" });
}

async function read(config: HubFile): Promise<RepositoryConfig> {
  return parseRepositoryConfig(await config.text(), config.name);
}
