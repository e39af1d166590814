// What is measured against what: networks, rows of contestants, and the ratios with the bounds that they are held to.
// `npm run bench -- --only TEXT` takes the rows whose name contains TEXT.

/** `peerLogits`: what the rival's file (made by ../shared/peers/fill.mjs) gives for x[i] = 2·sin(12.9898·i), to 1e-4. */
export const NETWORKS = {
  b0: {
    network: "efficientnet_b0",
    side: 224,
    golden: "efficientnet_b0-224.json",
    peerLogits: [-0.00784, 0.23701, 0.12551],
  },
  b1_pruned: {
    network: "efficientnet_b1_pruned",
    side: 240,
    golden: "efficientnet_b1_pruned-240.json",
    peerLogits: [-0.18153, 0.04654, 0.12138],
  },
  b3_pruned: {
    network: "efficientnet_b3_pruned",
    side: 300,
    golden: "efficientnet_b3_pruned-300.json",
    peerLogits: [-0.06846, 0.07669, -0.11639],
  },
  lite0: {
    network: "efficientnet_lite0",
    side: 224,
    golden: "efficientnet_lite0-224.json",
    peerLogits: [-0.45864, -1.2649, 1.1347],
  },
};

// Ratios of medians, batch 1, 2 threads: [goal, most] in mode wide, most in mode relaxed.
const AGAINST = {
  "onnxruntime-node": {
    b0: { wide: [1.15, 1.4], relaxed: [null, 2.55] },
    b1_pruned: { wide: [0.68, 0.82], relaxed: [null, 1.55] },
    b3_pruned: { wide: [0.8, 0.97], relaxed: [null, 1.75] },
    lite0: { wide: [1.45, 1.75], relaxed: [null, 3.3] },
  },
  "onnxruntime-web": {
    b0: { wide: [0.15, 0.19], relaxed: [null, 0.35] },
    b1_pruned: { wide: [0.165, 0.2], relaxed: [null, 0.38] },
    b3_pruned: { wide: [0.185, 0.225], relaxed: [null, 0.41] },
    lite0: { wide: [0.175, 0.22], relaxed: [null, 0.41] },
  },
};
const AGAINST_IN_EIGHTS = { b1_pruned: { wide: [0.65, 0.78], relaxed: [null, 1.5] } };
const ALIGNED_AGAINST_PLAIN = { 1: [0.6, 0.72], 8: [0.61, 0.65] }; // effnet's backend onnx, by batch
const OF_PRUNED_TO_DENSE = { wide: [1, 1.1], relaxed: [null, 1.1] };
const OF_THREADS = { wide: [1.9, 1.75], relaxed: [null, 1.8] }; // at least
const OF_PEAK = { wide: { 1: [76, 65], 2: [70, 58] }, relaxed: { 1: [null, 68], 2: [null, 63] } }; // %, at least
const TRAINING = [
  { side: 224, batch: 8, bounds: { wide: [0.67, 0.85], relaxed: [null, 1.4] } },
  { side: 64, batch: 32, bounds: { wide: [0.52, 0.68], relaxed: [null, 1.05] } },
];
// The smallest network, at a size where the rivals take seconds; losses of the first steps by effnet's float64 backend.
const SMALLEST = { network: "test_efficientnet", side: 64, batch: 8, losses: [6.91129, 6.77111, 6.63644] };
const RIVALS = ["onnxruntime-node", "onnxruntime-web"];

/**
 * The rows that compare networks.
 * @param modes of effnet, as this Node has them: the widest first
 * @param isQuick two threads only, and fewer rows
 */
export function networkRows(modes, isQuick) {
  const rows = [];
  for (const key of Object.keys(NETWORKS)) {
    rows.push(versus(key, 1, modes, isQuick));
    if (!isQuick || key === "b1_pruned") rows.push(versus(key, 8, modes, isQuick));
  }
  rows.push(
    prunedOverDense(modes),
    ...Object.keys(ALIGNED_AGAINST_PLAIN).map((batch) => alignedOverPlain(Number(batch))),
    exported(1),
    exported(8),
  );
  return rows;
}

/** One network and batch: effnet in every mode against both rivals; with batch 1 the probe beside them. */
function versus(key, batch, modes, isQuick) {
  const hasProbe = key === "b0" && batch === 1;
  const threads = isQuick && !hasProbe ? [2] : [2, 1];
  const rivals = isQuick && batch > 1 ? RIVALS.slice(0, 1) : RIVALS;
  const ours = modes.flatMap((mode) => threads.map((n) => ({ ...effnet(key, batch, n, mode) })));
  const theirs = rivals.flatMap((runner) =>
    (isQuick ? [2] : threads)
      .filter((n) => !(batch === 8 && n === 1 && runner === "onnxruntime-web")) // over a second a call
      .map((n) => ({ label: `${runner}, ${counted(n)}`, runner, ...NETWORKS[key], batch, threads: n })),
  );
  const ratios = modes.flatMap((mode) =>
    rivals.map((rival) => ({
      of: `effnet ${mode}, 2 threads`,
      to: `${rival}, 2 threads`,
      bounds:
        batch === 1 ? AGAINST[rival][key][mode] : rival === RIVALS[0] ? AGAINST_IN_EIGHTS[key]?.[mode] : undefined,
    })),
  );
  if (threads.length === 2) {
    for (const mode of modes) {
      ratios.push({
        of: `effnet ${mode}, 1 thread`,
        to: `effnet ${mode}, 2 threads`,
        bounds: batch === 1 ? OF_THREADS[mode] : undefined,
        isSpeedup: true,
      });
    }
  }
  const shares = !hasProbe
    ? []
    : modes.flatMap((mode) =>
        threads.map((n) => ({
          of: `effnet ${mode}, ${counted(n)}`,
          peak: `probe ${mode}`,
          threads: n,
          bounds: OF_PEAK[mode]?.[n],
        })),
      );
  const probes = hasProbe ? modes.map((mode) => ({ label: `probe ${mode}`, runner: "probe", mode })) : [];
  const name = `${key}@${NETWORKS[key].side}, batch ${batch}`;
  return { name, network: key, batch, contestants: [...ours, ...theirs, ...probes], ratios, shares };
}

/** The same runtime on the same network: with channels padded, called through effnet, and on the plain file. */
function alignedOverPlain(batch) {
  const ours = effnet("b1_pruned", batch, 2, "onnx");
  const theirs = { label: `${RIVALS[0]}, 2 threads`, runner: RIVALS[0], ...NETWORKS.b1_pruned, batch, threads: 2 };
  return {
    name: `b1_pruned@240 on the backend onnx, batch ${batch}`,
    network: "b1_pruned",
    batch,
    contestants: [ours, theirs],
    ratios: [{ of: ours.label, to: theirs.label, bounds: ALIGNED_AGAINST_PLAIN[batch] }],
    shares: [],
  };
}

/** The file that torch's exporter writes, and those that effnet writes, all in the same runtime. */
function exported(batch) {
  const row = { ...NETWORKS.b1_pruned, batch, threads: 2 };
  const plain = { label: "torch's file", runner: RIVALS[0], ...row };
  const ours = ["none", 8, 16].map((align) => {
    return { label: `effnet export --align ${align}`, runner: "onnxruntime-exported", ...row, align };
  });
  return {
    name: `b1_pruned@240 exported, batch ${batch}`,
    network: "b1_pruned",
    batch,
    contestants: [plain, ...ours],
    ratios: ours.map(({ label }) => ({ of: label, to: plain.label })),
    shares: [],
  };
}

/** b1_pruned and b0 multiply equally often; who pays for odd widths? */
function prunedOverDense(modes) {
  const runners = [
    ...modes.map((mode) => (key) => effnet(key, 1, 2, mode)),
    (key) => ({ label: `${RIVALS[0]}, 2 threads`, runner: RIVALS[0], ...NETWORKS[key], batch: 1, threads: 2 }),
  ];
  const pairs = runners.map((make) =>
    ["b1_pruned", "b0"].map((key) => ({ ...make(key), label: `${key} in ${make(key).label}` })),
  );
  return {
    name: "b1_pruned over b0",
    contestants: pairs.flat(),
    ratios: pairs.map(([pruned, dense]) => ({
      of: pruned.label,
      to: dense.label,
      bounds: OF_PRUNED_TO_DENSE[pruned.mode],
    })),
    shares: [],
  };
}

/** A training step, effnet's with AdamW and a running average, PyTorch's with SGD; `bounds` as above. */
export function trainingRows(modes) {
  return TRAINING.map(({ side, batch, bounds }) => {
    const row = { network: "efficientnet_b0", side, batch, threads: 2 };
    const ours = modes.map((mode) => ({ label: `effnet ${mode}, 2 threads`, runner: "effnet-training", ...row, mode }));
    const theirs = { label: "PyTorch, 2 threads", runner: "pytorch-training", ...row };
    return {
      name: `training b0@${side}, batch ${batch}`,
      network: "b0",
      batch,
      contestants: [...ours, theirs],
      ratios: ours.map(({ label, mode }) => ({ of: label, to: theirs.label, bounds: bounds[mode] })),
      shares: [],
    };
  });
}

/** The same step, AdamW and averages included, in what else trains in Node: both on one thread, having no more there. */
export function smallestTrainingRow(modes) {
  const ours = modes.flatMap((mode) =>
    [2, 1].map((threads) => {
      return { label: `effnet ${mode}, ${counted(threads)}`, runner: "effnet-training", ...SMALLEST, threads, mode };
    }),
  );
  const theirs = [
    { label: "TensorFlow.js cpu, 1 thread", runner: "tensorflow-training", ...SMALLEST },
    { label: "jax-js wasm, 1 thread", runner: "jax-training", ...SMALLEST },
  ];
  const { network, side, batch } = SMALLEST;
  return {
    name: `training ${network}@${side}, batch ${batch}`,
    network,
    batch,
    contestants: [...ours, ...theirs],
    ratios: theirs.flatMap((rival) => ours.map(({ label }) => ({ of: rival.label, to: label, isSpeedup: true }))),
    shares: [],
  };
}

/** Two computing threads on one core: what a container's limit or `taskset` makes of the default. */
export function oneCoreRow(modes) {
  const contestants = [2, 1].map((n) => ({ ...effnet("b0", 1, n, modes[0]), cpus: "0" }));
  return {
    name: "one core",
    contestants,
    ratios: [{ of: contestants[0].label, to: contestants[1].label, bounds: [1.15, 1.5] }],
    shares: [],
  };
}

function effnet(key, batch, threads, mode) {
  return { label: `effnet ${mode}, ${counted(threads)}`, runner: "effnet", ...NETWORKS[key], batch, threads, mode };
}

function counted(threads) {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
