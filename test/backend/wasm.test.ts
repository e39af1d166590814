import { compileWide } from "#effnet/backend/wasm/compiler.node.js";
import { isSupported } from "#effnet/backend/wasm/kernels.js";
import { type WasmOptions, wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { conformance } from "./conformance.ts";

const here: Readonly<Record<string, WasmOptions | null>> = {
  simd: isSupported("simd") ? { mode: "simd" } : null,
  relaxed: isSupported("relaxed") ? { mode: "relaxed" } : null,
  wide: typeof compileWide() === "string" ? null : { wide: true },
};

for (const [mode, options] of Object.entries(here)) {
  if (options === null) {
    console.warn(`skipped: mode ${mode} is not in Node ${process.versions.node}; \`npm test\` runs it in Node 24`);
    continue;
  }
  // 3 divides nothing evenly; 2 threads run in threads.test.ts and wasm-golden.test.ts.
  for (const threads of [1, 3]) {
    const backend = { ...wasmBackend(options), name: `wasm, ${mode}, ${threads} threads` };
    conformance(backend, { tolerance: { relative: 1e-5, absolute: 1e-6 }, threads }); // float32, SiLU within 7e-6
  }
}
