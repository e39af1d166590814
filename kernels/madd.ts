// What a multiply-add is in each build: a fused multiply-add where the engine has relaxed SIMD, two roundings elsewhere.

/** a · b + c, lane by lane. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
