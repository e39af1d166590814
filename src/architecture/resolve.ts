// From a name as users write it to a network of the family and one set of its weights, as timm resolves names.

import { listed, nearest, UnsupportedError, UsageError } from "../errors.ts";
import type { PretrainedConfig } from "./architecture.ts";
import { DEPRECATED, EXCLUDED } from "./names.ts";
import { isOwnName, OWN_CONFIGS, OWN_ROWS, type OwnName } from "./own.ts";
import { type ModelName, ROWS, type Row } from "./rows.ts";
import { tagsOf } from "./tags.ts";

/** A network of the family, and one set of its weights; or the package's own. */
export interface Resolved {
  readonly name: ModelName | OwnName;
  /** timm's tag; null for a network that was never published with weights. */
  readonly tag: string | null;
  readonly row: Row;
  /** Preprocessing that belongs to the tag. */
  readonly config: PretrainedConfig;
  /** `timm/name.tag`. */
  readonly hubId?: string;
  /** The original release file. */
  readonly url?: string;
  /** For an old name: one line that tells the new one. */
  readonly deprecated?: string;
}

/** Where a name says that a network lies. */
export type ModelSource =
  | { readonly kind: "family"; readonly name: string }
  | { readonly kind: "hub"; readonly repository: string; readonly revision: string | null }
  | { readonly kind: "folder"; readonly path: string };

/**
 * Splits off the prefixes of timm: `hf-hub:owner/name@revision` (also `hf_hub:`), `local-dir:path`.
 * @param option what errors call it
 * @throws UsageError if a name without prefix holds `/`, `\` or `:`, or a hub name is not `owner/name`
 */
export function parseModelName(name: string, option = "model"): ModelSource {
  const hub = /^hf[-_]hub:(.*)$/s.exec(name);
  if (hub !== null) {
    const repository = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(hub[1]);
    if (repository === null)
      throw new UsageError(option, `expected hf-hub:owner/name or hf-hub:owner/name@revision, got "${name}".`);
    return { kind: "hub", repository: repository[1], revision: repository[2] ?? null };
  }
  if (name.startsWith("local-dir:")) {
    const path = name.slice("local-dir:".length);
    if (path === "") throw new UsageError(option, `expected local-dir: and a folder, got "${name}".`);
    return { kind: "folder", path };
  }
  if (/[/\\:]/.test(name)) {
    const what = `expected the name of a network, got "${name}".`;
    throw new UsageError(
      option,
      `${what} Write hf-hub:owner/name for a hub's, local-dir:path for a folder's, or pass a file as weights.`,
    );
  }
  return { kind: "family", name };
}

/**
 * The network and the weights behind `name`, `name.tag` or a deprecated name; the bare name takes the default tag.
 * @throws UsageError for a name or tag that does not exist (the nearest is suggested); UnsupportedError, with the reason,
 * for networks that timm knows and effnet leaves out, and for hubs and folders, whose own config names the network
 */
export function resolve(name: string): Resolved {
  const source = parseModelName(name);
  if (source.kind !== "family") {
    const what = `${name}: its config.json says which network it is, which takes reading it.`;
    throw new UnsupportedError(`${what} Pass it to createModel, or as --weights.`);
  }
  const today = DEPRECATED.get(name);
  if (today === undefined) return published(name);
  return { ...published(today), deprecated: `${name} is an old name. Write ${today}.` };
}

function published(full: string): Resolved {
  const dot = full.indexOf(".");
  const name = dot === -1 ? full : full.slice(0, dot);
  if (isOwnName(full)) return { name: full, tag: null, row: OWN_ROWS[full], config: OWN_CONFIGS[full] };
  if (!isModelName(name)) throw unknown(name);
  const tags = tagsOf(name);
  const wanted = dot === -1 ? tags[0] : tags.find(({ tag }) => tag === full.slice(dot + 1) && tag !== "untrained");
  if (wanted === undefined) throw wrongTag(name, full.slice(dot + 1));
  const { tag, config, hubId, url } = wanted;
  return {
    name,
    tag: hubId === null ? null : tag,
    row: ROWS[name],
    config,
    ...(hubId === null ? {} : { hubId }),
    ...(url === null ? {} : { url }),
  };
}

/** Is this the name of a network, without tag? */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(ROWS, name);
}

function unknown(name: string): UsageError | UnsupportedError {
  const reason = EXCLUDED.get(name);
  if (reason !== undefined) {
    return new UnsupportedError(
      `${name}: timm has it, effnet leaves it out: ${reason}. Run "effnet list" for the family.`,
    );
  }
  const near = nearest(name, [...Object.keys(ROWS), ...Object.keys(OWN_ROWS), ...DEPRECATED.keys()]);
  const hint = near === undefined ? 'Run "effnet list" for the family.' : `Did you mean ${near}?`;
  return new UsageError("model", `unknown network "${name}". ${hint}`);
}

function wrongTag(name: ModelName, tag: string): UsageError {
  const tags = tagsOf(name)
    .filter(({ hubId }) => hubId !== null)
    .map((each) => each.tag);
  if (tags.length === 0)
    return new UsageError("model", `${name} has no published weights, got the tag "${tag}". Write ${name}.`);
  const near = nearest(tag, tags);
  const hint = near === undefined ? "" : ` Did you mean ${name}.${near}?`;
  return new UsageError("model", `${name} has no tag "${tag}"; it has ${listed(tags)}.${hint}`);
}
