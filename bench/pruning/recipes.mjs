// How parents are trained and how everything recovers: the same for all arms.

/**
 * Who is pruned. `half`: the built-in network at half its width, trained here from several seeds in about ten minutes each.
 * `shipped`: the built-in network as trained, before it was cut, once. `split` is the seed that holds pictures back, for the
 * shipped one that of its own training. Networks scaled from scratch get the epochs of `epochs` and `recovery` together.
 */
export const PARENTS = {
  half: {
    width: 0.5,
    trained: false,
    split: 0,
    epochs: 20,
    recovery: 4,
    seeds: [0, 1, 2],
    shares: [0.5, 0.3, 0.7], // of the parent's MACs that stay
    arms: null, // all
  },
  shipped: {
    width: 1,
    trained: true, // by `models/README.md`; `--weights` says where it is
    split: 1,
    epochs: 98,
    recovery: 20,
    seeds: [0],
    shares: [0.5],
    arms: ["ours, sums", "kp greedy"],
  },
};
export const ROW = "effnet_cifar10";

export const SIZE = { height: 32, width: 32 };
export const BATCH = 128;
export const HOLDOUT = 0.05; // of the training pictures: what every choice is made on
export const SAMPLES = 2000; // that scores, statistics and fits are taken over

const RATE = 0.2;

/** From random weights: SGD with Nesterov momentum. */
export function parentRecipe(seed, epochs) {
  return { start: "scratch", seed, epochs, rate: RATE, average: null, best: "top1" };
}

/** The same, gentler: a fifth of the rate, a short warm-up. */
export function recoveryRecipe(seed, epochs) {
  return { start: "scratch", seed: seed + 100, epochs, rate: RATE / 5, average: null, best: "top1" };
}
