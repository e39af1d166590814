// The two roundings of compound scaling, and Python's round.

/**
 * Channels after width scaling: the nearest multiple of 8, one up where that loses more than 1 − limit.
 *
 * n = max(8, ⌊(c·w + 4) / 8⌋ · 8); n += 8 if n < limit · c·w. As `make_divisible` in timm's layers/helpers.py.
 * @returns (32, 1.1, 0.9) → 32; (16, 1.2, 0.9) → 24; (16, 1.2, 0) → 16
 */
export function roundChannels(channels: number, width: number, limit: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < limit * scaled ? rounded + 8 : rounded;
}

/** Blocks of a stage after depth scaling: ⌈repeats · depth⌉ in doubles, so that 3 · 1.1 gives 4. */
export function roundDepth(repeats: number, depth: number): number {
  return Math.ceil(repeats * depth);
}

/** Half goes to the even neighbour, as Python's `round` does it. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
