// What Python's variables say of hub and cache: one cache for both languages, found by the same rules.

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { HubError, UsageError } from "../../errors.ts";
import type { HubOptions } from "./hub.ts";
import { HUGGING_FACE } from "./repository.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Settings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | null;
  /** `models--owner--name` lie in it. */
  readonly cacheFolder: string;
  /** Where torch keeps checkpoints of other addresses. */
  readonly checkpointFolder: string;
  readonly isOffline: boolean;
  /** False: files lie in the snapshots themselves. */
  readonly usesLinks: boolean;
  readonly showsProgress: boolean;
  /** Without an answer to a question. */
  readonly headTimeoutMs: number;
  /** Without data of a file. */
  readonly dataTimeoutMs: number;
}

/**
 * Options go before variables.
 * @throws UsageError for an endpoint that is no address; HubError for a token that no header can carry
 */
export async function settingsOf(options: HubOptions, env: Environment = process.env): Promise<Settings> {
  const path = (name: string): string | undefined => expanded(env[name], env);
  const caches = path("XDG_CACHE_HOME") ?? join(env["HOME"] || homedir(), ".cache");
  const home = path("HF_HOME") ?? join(caches, "huggingface");
  const cache = options.cacheFolder ?? path("HF_HUB_CACHE") ?? path("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub");
  return {
    endpoint: endpointOf(options.endpoint ?? (env["HF_ENDPOINT"] || HUGGING_FACE)),
    token: checkedToken(options.token ?? (await tokenIn(env, path("HF_TOKEN_PATH") ?? join(home, "token")))),
    cacheFolder: cache,
    checkpointFolder: join(path("TORCH_HOME") ?? join(caches, "torch"), "hub", "checkpoints"),
    isOffline: options.offline ?? (isTrue(env["HF_HUB_OFFLINE"]) || isTrue(env["TRANSFORMERS_OFFLINE"])),
    usesLinks: !isTrue(env["HF_HUB_DISABLE_SYMLINKS"]),
    showsProgress: !isTrue(env["HF_HUB_DISABLE_PROGRESS_BARS"]),
    headTimeoutMs: secondsIn(env["HF_HUB_ETAG_TIMEOUT"]) * 1000,
    dataTimeoutMs: secondsIn(env["HF_HUB_DOWNLOAD_TIMEOUT"]) * 1000,
  };
}

const TIMEOUT_SECONDS = 10;

/** `~` and `$VAR` replaced as Python does: of variables that are not set the text stays. Empty means not set. */
function expanded(path: string | undefined, env: Environment): string | undefined {
  if (path === undefined || path === "") return undefined;
  const home = path.replace(/^~(?=$|[/\\])/, () => env["HOME"] || homedir());
  return home.replace(/\$(\w+|\{\w+\})/g, (whole, name: string) => env[name.replace(/[{}]/g, "")] ?? whole);
}

function isTrue(value: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(value ?? "");
}

function secondsIn(value: string | undefined): number {
  const seconds = Number(value);
  return value !== undefined && value.trim() !== "" && seconds > 0 ? seconds : TIMEOUT_SECONDS;
}

function endpointOf(address: string): string {
  const isWeb = /^https?:\/\//i.test(address) && URL.canParse(address);
  if (!isWeb)
    throw new UsageError("endpoint", `expected an address such as ${HUGGING_FACE}, got ${JSON.stringify(address)}.`);
  return address.replace(/\/+$/, "");
}

async function tokenIn(env: Environment, file: string): Promise<string | undefined> {
  if (isTrue(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])) return undefined;
  const named = cleaned(env["HF_TOKEN"]) ?? cleaned(env["HUGGING_FACE_HUB_TOKEN"]);
  return named ?? cleaned(await readFile(file, "utf8").catch(() => undefined));
}

function cleaned(token: string | undefined): string | undefined {
  return token?.replace(/[\r\n]/g, "").trim() || undefined;
}

/** Told here: the platform's own words about a header would show the token. */
function checkedToken(token: string | undefined): string | null {
  if (token === undefined) return null;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new HubError(
    "HF_TOKEN: expected letters, digits and underscores, got other characters. Copy the token again.",
    {
      reason: "token",
    },
  );
}
