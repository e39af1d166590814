// Writes checkpoints into a run folder until it is killed: the n-th holds n, many times.

import { RunFolder } from "#effnet/run/folder.js";

const [path] = process.argv.slice(2);
const { folder, checkpoint } = await RunFolder.resume(path);
for (let n = (checkpoint?.place ?? 0) + 1; ; n++) {
  const data = new Float32Array(500_000).fill(n);
  await folder.measure({ update: n, train_loss: n });
  await folder.measure({ update: n, eval_loss: n });
  await folder.checkpoint({
    tensors: new Map([["weights", new Map([["w", { shape: [500, 1000], data }]])]]),
    description: {},
    place: n,
  });
  if (n === 2) process.stdout.write("begun\n");
}
