// How parents are trained and how everything recovers: the same for all arms.

/** The second parent: the built-in network at half its width, trained in about ten minutes on two cores. */
export const PARENT = { row: "effnet_cifar10", width: 0.5, depth: 1 };

export const SIZE = { height: 32, width: 32 };
export const BATCH = 128;
export const HOLDOUT = 0.05; // of the training pictures: what every choice is made on
export const PARENT_EPOCHS = 20;
export const RECOVERY_EPOCHS = 4; // a fifth of the parent's
export const SAMPLES = 2000; // that scores, statistics and fits are taken over
export const SHARES = [0.7, 0.5, 0.3]; // of the parent's MACs that stay
export const SEEDS = [0, 1, 2];

const RATE = 0.2;

/** From random weights: SGD with Nesterov momentum. */
export function parentRecipe(seed, epochs = PARENT_EPOCHS) {
  return { start: "scratch", seed, epochs, rate: RATE, average: null };
}

/** The same, gentler: a fifth of the rate, a short warm-up. */
export function recoveryRecipe(seed, epochs = RECOVERY_EPOCHS) {
  return { start: "scratch", seed: seed + 100, epochs, rate: RATE / 5, average: null };
}
