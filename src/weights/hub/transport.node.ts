// How requests leave this machine: Node's own fetch, or undici's through the proxies that the environment names.

import type { Environment } from "./environment.node.ts";
import type { Fetch } from "./requests.ts";

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/** Node's fetch knows no proxies unless `NODE_USE_ENV_PROXY` is set; where undici is missing too, `onWarning` says so. */
export async function fetchOf(env: Environment, onWarning: (line: string) => void): Promise<Fetch> {
  const proxy = PROXIES.find((name) => (env[name] ?? "") !== "");
  if (proxy === undefined || (env["NODE_USE_ENV_PROXY"] ?? "0") !== "0") return fetch;
  try {
    const { EnvHttpProxyAgent, fetch: fetchThrough } = await import("undici");
    const dispatcher = new EnvHttpProxyAgent();
    // Its types are those of another release of undici than Node's.
    return (url, init) => fetchThrough(url, { ...init, dispatcher } as object) as unknown as Promise<Response>;
  } catch {
    onWarning(`${proxy} is set, and undici, which goes through proxies, is missing: npm install undici@7`);
    return fetch;
  }
}
