// What a time was measured on: the processor, and the versions that computed.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** `AMD EPYC 7B13, 2 cores, linux x64`. */
export function machineHere(): string {
  const cores = cpus();
  const name = cores[0]?.model.trim().replace(/\s+/g, " ") || "unknown processor";
  return `${name}, ${cores.length} cores, ${process.platform} ${process.arch}`;
}

export function versionsHere(): { readonly effnet: string; readonly node: string } {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return { effnet: version, node: process.versions.node };
}
