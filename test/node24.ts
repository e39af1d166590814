// Node 24 and 26 for tests that run under Node 20: relaxed SIMD and the promise "Node 20 to 26" are checked in a child.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Path of the Node 24 binary, or undefined (the reason is printed): `test.skipIf(node24() === undefined)`. */
export function node24(): string | undefined {
  return nodeOf(24);
}

/** The same for Node 26. */
export function node26(): string | undefined {
  return nodeOf(26);
}

/** Runs a program to its end and returns what it wrote to stdout; rejects, with its stderr, if it exits non-zero. */
export async function outputOf(
  binary: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, args, { ...options, maxBuffer: 2 ** 28 });
  return stdout;
}

function nodeOf(major: number): string | undefined {
  if (Number.parseInt(process.versions.node, 10) === major) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const suffix = process.platform === "win32" ? ".exe" : "";
  const binary = fileURLToPath(
    new URL(`../.cache/node${major}/node_modules/node-${platform}-${process.arch}/bin/node${suffix}`, import.meta.url),
  );
  if (existsSync(binary)) return binary;
  console.warn(`skipped: Node ${major} is not here; \`node scripts/node-versions.mjs\` fetches it`);
  return undefined;
}
