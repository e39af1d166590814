// Compiling kernels in Node: at once and optimised, and on request with V8's pass that joins neighbouring 128-bit vectors
// to 256 bits. Its flags are process-wide, so they are set around the compilation of our own module only (docs/engine.md).

import { setFlagsFromString } from "node:v8";
import { decoded } from "./kernels.ts";
import { wasm as wideShared } from "./modules/wide.shared.ts";
import { type Difference, firstDifference } from "./wide-check.ts";

const OLDEST = 24; // Node 22 knows the flag and does nothing, Node 20 does not know it
/** Without inlining: it wants feedback that code compiled at once has never gathered, and V8 14.6 (Node 26) dies of that. */
const EAGER = ["--no-liftoff", "--no-wasm-lazy-compilation", "--no-wasm-inlining"];
const LAZY = ["--liftoff", "--wasm-lazy-compilation", "--wasm-inlining"];
const WIDEN = "--experimental-wasm-revectorize";
const NARROW = "--no-experimental-wasm-revectorize";

/** An empty custom section: V8 keeps compiled code by its bytes, so other code for the same module needs other bytes. */
const MARK = [0, 2, 1, 0x6e];

/** Threads that spin would starve V8's background compiler: everything is optimised before they start. */
export function compileKernels(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return compileWith(EAGER, LAZY, bytes);
}

/**
 * The kernels widened to 256 bits, or why they cannot be had. Before they are trusted each kernel gives the same bits as
 * the same code unwidened, and the largest is really faster.
 * @param check finds the first difference; a test passes one that fails
 * @param wanted the module laid out for widening; default: the kernels of inference
 */
export function compileWide(
  check: Difference = firstDifference,
  wanted: Uint8Array<ArrayBuffer> | null = null,
): WebAssembly.Module | string {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST) return `Node ${major} cannot widen, Node ${OLDEST} can`;
  if (process.arch !== "x64") return `V8 widens on x64, this is ${process.arch}`;
  const bytes = wanted ?? decoded(wideShared);
  const wide = compileWith([WIDEN, ...EAGER], [NARROW, ...LAZY], bytes);
  const narrow = compileKernels(Uint8Array.of(...bytes, ...MARK));
  return check(wide, narrow) ?? wide;
}

function compileWith(before: readonly string[], after: readonly string[], bytes: Uint8Array<ArrayBuffer>) {
  try {
    for (const flag of before) setFlagsFromString(flag);
    return new WebAssembly.Module(bytes); // in this thread, before the next line: the flags touch nothing else of it
  } finally {
    for (const flag of after) setFlagsFromString(flag);
  }
}
