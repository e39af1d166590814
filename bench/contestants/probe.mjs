// The peak of one core: twelve independent chains of multiply-adds in registers (probe.ts), compiled as the engine's kernels.

import { compileProbe } from "../probe.mjs";

export async function open({ mode }) {
  const { run, flops } = compileProbe(mode);
  return { version: `${(flops / 1e6).toFixed(0)} Mflop`, flops, run };
}
