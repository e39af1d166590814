// What our own weights files say of themselves in safetensors' `__metadata__`, so that they need no other flag.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import { parseArchitecture } from "../architecture/parse.ts";
import { FileError } from "../errors.ts";
import { parseConfig } from "./parse-config.ts";

/** Whoever walks the parsed value may recurse. */
const DEEPEST = 64;

/** JSON values of rooms above, which check them themselves. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Everything is optional: other writers' files have none of it. */
export interface Description {
  /** `effnet.architecture` */
  readonly architecture?: Architecture | undefined;
  /** `effnet.config`, which holds the labels too */
  readonly config?: PretrainedConfig | undefined;
  /** One a class; only with `config`. */
  readonly labels?: readonly string[] | undefined;
  /** `effnet.recipe`: how it was trained. */
  readonly recipe?: Json | undefined;
  /** `effnet.plan`: what pruning left. */
  readonly plan?: Json | undefined;
}

/**
 * Reads and checks what a file says of itself; keys of others are left alone.
 * @throws FileError naming the key, the field, and what was expected
 */
export function readDescription(metadata: ReadonlyMap<string, string>, file: string): Description {
  const architectureJson = jsonOf(metadata, "effnet.architecture", file);
  const configJson = jsonOf(metadata, "effnet.config", file);
  const architecture = architectureJson === undefined ? undefined : parseArchitecture(architectureJson, file);
  const { config, labels } = configJson === undefined ? {} : parseConfig(configJson, file);
  if (architecture !== undefined && config !== undefined && architecture.classes !== config.classes) {
    const got = `${config.classes}, and ${architecture.classes} in effnet.architecture`;
    throw new FileError(file, `effnet.config.classes: expected the classifier's number, got ${got}.`);
  }
  const recipe = jsonOf(metadata, "effnet.recipe", file);
  const plan = jsonOf(metadata, "effnet.plan", file);
  return { architecture, config, labels, recipe, plan };
}

/** The metadata to write beside the tensors; `format: pt` is what Python's readers look for. */
export function descriptionMetadata({ architecture, config, labels, recipe, plan }: Description): Map<string, string> {
  const metadata = new Map([["format", "pt"]]);
  if (architecture !== undefined) metadata.set("effnet.architecture", JSON.stringify(architecture));
  if (config !== undefined) metadata.set("effnet.config", JSON.stringify({ ...config, labels }));
  if (recipe !== undefined) metadata.set("effnet.recipe", JSON.stringify(recipe));
  if (plan !== undefined) metadata.set("effnet.plan", JSON.stringify(plan));
  return metadata;
}

function jsonOf(metadata: ReadonlyMap<string, string>, key: string, file: string): Json | undefined {
  const text = metadata.get(key);
  if (text === undefined) return undefined;
  if (depth(text) > DEEPEST) throw new FileError(file, `${key}: is nested more than ${DEEPEST} deep.`);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new FileError(file, `${key}: is not JSON. Was the file edited?`, { cause });
  }
}

/** How deep lists and objects lie in each other; what is no JSON has some number too. */
function depth(json: string): number {
  let [now, most] = [0, 0];
  let isText = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (isText && character === "\\") i++;
    else if (character === '"') isText = !isText;
    else if (!isText && (character === "[" || character === "{")) most = Math.max(most, ++now);
    else if (!isText && (character === "]" || character === "}")) now--;
  }
  return most;
}
