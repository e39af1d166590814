// Joins what a process loads to answer one picture, the command line and the engine's thread, into one file each, in place:
// node reads one file instead of a hundred, which is a seventh of a cold start (docs/engine.md). Dependencies stay outside.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const entries = ["cli/main.js", "backend/wasm/worker.node.js", "data/decoder.node.js"];

for (const entry of entries) {
  const depth = entry.split("/").length - 1;
  await build({
    entryPoints: [`${root}dist/${entry}`],
    outfile: `${root}dist/${entry}`,
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["commander", "modern-tar", "sharp", "tinyglobby", "undici"],
    sourcemap: true,
    sourcesContent: false,
    plugins: [threadsBeside("../".repeat(depth))],
    logLevel: "warning",
  });
}

/** A thread's file is named relative to the module that starts it; in the bundle that module lies elsewhere. */
function threadsBeside(up) {
  return {
    name: "threads",
    setup({ onLoad }) {
      onLoad({ filter: /[/\\](workers|decoders)\.node\.js$/ }, async ({ path }) => {
        const [room] = path.replaceAll("\\", "/").match(/(?<=\/dist\/).*(?=\/)/) ?? [];
        return { contents: (await readFile(path, "utf8")).replace('new URL("./', `new URL("${up}${room}/`) };
      });
    },
  };
}
