// Compiles kernels/ into the modules of the wasm backend and writes each as a JS module that holds its bytes in base64
// (src/backend/wasm/modules/, ignored by git): the only form that every bundler and Node load without configuration.

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}src/backend/wasm/modules/`;
const modes = [
  { mode: "simd", features: [] },
  { mode: "simd.shared", features: ["threads"] },
  { mode: "relaxed", features: ["relaxed-simd"] },
  { mode: "relaxed.shared", features: ["threads", "relaxed-simd"] },
  { mode: "wide.shared", features: ["threads", "relaxed-simd"], isWide: true },
];
const builds = [
  ...modes.map((build) => ({ ...build, name: build.mode, entry: "kernels/index.ts" })),
  ...modes.map((build) => ({ ...build, name: `training.${build.mode}`, entry: "kernels/training/index.ts" })),
];
// The engine asks for what it needs; these are the limits that every build can be linked with (65,536 pages = 4 GiB).
const memory = ["--importMemory", "--initialMemory", "1", "--maximumMemory", "65536", "--memoryBase", "1024"];

mkdirSync(target, { recursive: true });
for (const build of builds) {
  const output = `${target}${build.name}.ts`;
  if (isNewer(output, build.entry)) continue;
  let bytes;
  const { error, stderr } = await asc.main(
    [
      build.entry,
      ...[
        "--outFile",
        "out.wasm",
        "--optimizeLevel",
        "3",
        "--noAssert",
        "--runtime",
        "stub",
        "--disableWarning",
        "112",
      ],
      ...memory,
      ...(build.features.includes("threads") ? ["--sharedMemory"] : []),
      ...["simd", "bulk-memory", ...build.features].flatMap((feature) => ["--enable", feature]),
    ],
    {
      readFile: (name, base) => {
        const source = read(`${base}/${name}`);
        return build.isWide && name.endsWith("kernels/mode.ts") ? source.replace("= false", "= true") : source;
      },
      listFiles: (folder, base) => readdirSync(`${base}/${folder}`).filter((name) => name.endsWith(".ts")),
      writeFile: (name, contents) => {
        if (name === "out.wasm") bytes = contents;
      },
    },
  );
  if (error) throw new Error(`${build.name}: ${error.message}\n${stderr.toString()}`);
  const source = `// Written by scripts/build-kernels.mjs from kernels/: the wasm module of the build "${build.name}", in base64.\nexport const wasm =\n  "${Buffer.from(bytes).toString("base64")}";\n`;
  writeFileSync(`${output}.tmp`, source);
  renameSync(`${output}.tmp`, output);
  console.error(`${build.name}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzip`);
}

function read(path) {
  try {
    return readFileSync(path.replace(/^\.\//, root), "utf8");
  } catch {
    return null;
  }
}

/** True if the output is newer than every source beside or above its entry. */
function isNewer(output, entry) {
  const folders = entry
    .split("/")
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join("/"));
  const sources = folders.flatMap((folder) =>
    readdirSync(root + folder)
      .filter((name) => name.includes("."))
      .map((name) => `${root}${folder}/${name}`),
  );
  try {
    const made = statSync(output).mtimeMs;
    return [...sources, fileURLToPath(import.meta.url)].every((source) => statSync(source).mtimeMs < made);
  } catch {
    return false;
  }
}
