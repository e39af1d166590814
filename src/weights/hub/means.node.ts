// What every download here goes by: the settings, how servers are asked, and who hears of it.

import type { OnProgress } from "../../progress.ts";
import { type Settings, settingsOf } from "./environment.node.ts";
import type { OpenOptions } from "./hub.ts";
import type { Line } from "./requests.ts";
import { fetchOf } from "./transport.node.ts";

export interface Means {
  readonly settings: Settings;
  readonly line: Line;
  readonly onProgress: OnProgress;
}

const FIRST_PAUSE_MS = 1000;

/** @throws UsageError, HubError for an endpoint or a token that is none */
export async function meansOf(options: OpenOptions): Promise<Means> {
  const settings = await settingsOf(options);
  const onWarning = options.onWarning ?? (() => {});
  const line: Line = {
    fetch: options.fetch ?? (settings.isOffline ? fetch : await fetchOf(process.env, onWarning)),
    // A compressed answer would lose its length.
    headers: { "accept-encoding": "identity", "user-agent": `effnet; node/${process.versions.node}` },
    endpoint: settings.endpoint,
    token: settings.token,
    pauseMs: options.pauseMs ?? FIRST_PAUSE_MS,
    signal: options.signal,
    onWarning,
  };
  return { settings, line, onProgress: (settings.showsProgress && options.onProgress) || (() => {}) };
}
