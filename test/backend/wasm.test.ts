import { isSupported, type Mode } from "#effnet/backend/wasm/kernels.js";
import { wasmBackend } from "#effnet/backend/wasm/wasm.js";
import { conformance } from "./conformance.ts";

for (const mode of ["simd", "relaxed"] satisfies Mode[]) {
  if (!isSupported(mode)) {
    console.warn(`skipped: ${mode} SIMD is not in Node ${process.versions.node}; \`npm test\` runs it in Node 24`);
    continue;
  }
  // 3 divides nothing evenly; 2 threads run in threads.test.ts and wasm-golden.test.ts.
  for (const threads of [1, 3]) {
    const backend = { ...wasmBackend({ mode }), name: `wasm, ${mode}, ${threads} threads` };
    conformance(backend, { tolerance: { relative: 1e-5, absolute: 1e-6 }, threads }); // float32, SiLU within 7e-6
  }
}
