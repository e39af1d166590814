// Builds probe.ts once a mode and runs it as the engine runs its kernels: compiled at once by the optimising compiler.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const FLOPS = 4e8; // a call of some milliseconds
const SOURCE = new URL("probe.ts", import.meta.url);

/** Builds what the modes need into .cache/bench, if it is not there. */
export async function buildProbes(modes) {
  for (const mode of modes) {
    const file = binary(mode);
    if (existsSync(file) && statSync(file).mtimeMs > statSync(SOURCE).mtimeMs) continue;
    const { default: asc } = await import("assemblyscript/asc");
    const features = mode === "simd" ? ["simd"] : ["simd", "relaxed-simd"];
    const { error, stdout, binary: bytes } = await compile(asc, features);
    if (error) throw new Error(`probe ${mode}: ${error.message}\n${stdout}`);
    mkdirSync(new URL("../.cache/bench/", import.meta.url), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** @returns run() and the flops of one call */
export function compileProbe(mode) {
  const flags = ["liftoff", "wasm-lazy-compilation"];
  for (const flag of flags) setFlagsFromString(`--no-${flag}`);
  if (mode === "wide") setFlagsFromString("--experimental-wasm-revectorize");
  const module = new WebAssembly.Module(readFileSync(binary(mode)));
  if (mode === "wide") setFlagsFromString("--no-experimental-wasm-revectorize");
  for (const flag of flags) setFlagsFromString(`--${flag}`);

  const memory = new WebAssembly.Memory({ initial: 1 });
  const { narrow, wide } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const [loop, perTurn] = mode === "wide" ? [wide, 192] : [narrow, 96];
  const floats = new Float32Array(memory.buffer, 1024, 128).fill(0.5); // acc tends to 1: no denormals, no infinities
  const turns = Math.round(FLOPS / perTurn);
  const run = () => loop(turns, 1024);
  run();
  if (!floats.subarray(16, 64).every((value) => Math.abs(value - 1) < 1e-6))
    throw new Error("probe: a chain went astray");
  return { run, flops: turns * perTurn };
}

async function compile(asc, features) {
  let bytes;
  const root = fileURLToPath(new URL("../", import.meta.url));
  const flags = ["--optimizeLevel", "3", "--noAssert", "--runtime", "stub", "--disableWarning", "112"];
  const memory = ["--importMemory", "--initialMemory", "1"];
  const enabled = features.flatMap((feature) => ["--enable", feature]);
  const { error, stderr } = await asc.main(
    ["bench/probe.ts", "--outFile", "out.wasm", ...flags, ...memory, ...enabled],
    {
      readFile: (name) => {
        const path = root + name;
        return existsSync(path) ? readFileSync(path, "utf8") : null;
      },
      listFiles: () => [],
      writeFile: (name, contents) => {
        if (name === "out.wasm") bytes = contents;
      },
    },
  );
  return { error, stdout: stderr.toString(), binary: bytes };
}

function binary(mode) {
  return new URL(`../.cache/bench/probe.${mode === "simd" ? "simd" : "relaxed"}.wasm`, import.meta.url);
}
