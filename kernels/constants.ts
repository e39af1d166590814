// Vector constants live in memory: V8 13.6 and 14.6 rebuild a literal `v128` at every use, which halves a loop's speed
// (docs/engine.md, "constants"). Kernels splat them into registers before their loops.

/** Byte offsets into the table. */
export const LOG2_E: usize = 0; // −log2 e: t = −x · log2 e
export const HIGH: usize = 4; // 126 · ln 2: t ≥ −126 keeps 2^t a normal number
export const ROUND: usize = 8; // 1.5 · 2^23: adding it rounds to a whole number in the low mantissa bits
export const ONE: usize = 12;
export const POLYNOMIAL: usize = 16; // c1 … c5 of 2^f = 1 + c1·f + … + c5·f^5, |f| ≤ ½, minimax: relative error 9.2e-8
export const SIX: usize = 36;
export const FLUSH: usize = 40; // 2^−76: (y + FLUSH) − FLUSH is y to within 2^−100, a multiple of that and so never a denormal
export const INFINITE: usize = 44;
export const LOW: usize = 48; // −100 · ln 2: t ≤ 100 keeps x / (1 + 2^t) one, |x| ≥ 1e-30 provided

/** Where the table lies. */
// biome-ignore format: columns
export const CONSTANTS: usize = memory.data<f32>([
  -1.44269502, 87.3365479, 12582912.0, 1.0,
  0.6931470036506653, 0.24022242426872253, 0.05550733581185341, 0.009671512991189957, 0.0013264728477224708,
  6.0, 1.3234889800848443e-23, Infinity, -69.3147202,
]);

/** One constant in all four lanes. */
export function constant(offset: usize): v128 {
  return v128.load32_splat(CONSTANTS + offset);
}
