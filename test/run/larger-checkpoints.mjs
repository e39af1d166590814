// Writes a small checkpoint, then one of 4 MB; an error's message goes to stderr.

import { RunFolder } from "#effnet/run/folder.js";

const { folder } = await RunFolder.resume(process.argv[2]);
try {
  for (const [place, count] of [
    [1, 10],
    [2, 1_000_000],
  ]) {
    const weights = new Map([["w", { shape: [count], data: new Float32Array(count) }]]);
    await folder.checkpoint({ tensors: new Map([["weights", weights]]), description: {}, place });
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
}
