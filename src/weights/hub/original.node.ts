// Checkpoints as they were first released, in the cache that torch keeps for them.

import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { digestOf } from "./digest.node.ts";
import { download, unwritable } from "./download.node.ts";
import type { Settings } from "./environment.node.ts";
import type { HubFile } from "./hub.ts";
import { fileAt } from "./hub-file.node.ts";
import { isFile } from "./layout.node.ts";
import type { Means } from "./means.node.ts";

const LIMIT_BYTES = 4e9;

/** @throws HubError if it cannot be had, or its digest does not begin as its name says; the signal's reason */
export async function original({ settings, line, onProgress }: Means, url: string): Promise<HubFile> {
  const kept = await keptOriginal(settings, url);
  if (kept !== null) return kept;
  const path = pathOf(settings, url);
  try {
    await mkdir(settings.checkpointFolder, { recursive: true });
  } catch (cause) {
    throw unwritable(settings.checkpointFolder, cause);
  }
  await download(line, {
    name: basename(path),
    locate: async () => url,
    size: null,
    etag: null,
    timeoutMs: settings.dataTimeoutMs,
    limitBytes: LIMIT_BYTES,
    path,
    partial: `${path}.effnet.incomplete`,
    lock: `${path}.effnet.lock`,
    check: checkFor(path),
    onProgress,
    detail: basename(path),
  });
  return fileAt(path, basename(path), null);
}

export async function keptOriginal(settings: Settings, url: string): Promise<HubFile | null> {
  const path = pathOf(settings, url);
  return (await isFile(path)) ? fileAt(path, basename(path), null) : null;
}

function pathOf({ checkpointFolder }: Settings, url: string): string {
  return join(checkpointFolder, basename(new URL(url).pathname));
}

/** `…-bea43a3a.pth` (or `_bea43a3a.pth`): the file's SHA-256 begins so. */
function checkFor(path: string): ((path: string, signal: AbortSignal) => Promise<string | null>) | null {
  const [, expected] = /[-_]([0-9a-f]{8})\.pth$/.exec(path) ?? [];
  if (expected === undefined) return null;
  return async (file, signal) => {
    const got = await digestOf(file, "sha256", signal);
    return got.startsWith(expected) ? null : `expected sha256 ${expected}…, got ${got}`;
  };
}
