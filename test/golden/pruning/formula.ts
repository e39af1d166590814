// The deterministic numbers behind test/golden/pruning: MurmurHash3's finaliser over (FNV-1a of a name) + index. Other
// constants than those of test/golden/formula.ts, which has a seed besides.

/** 32 bits for the i-th number of a name. */
export function u(name: string, i: number): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  let x = (h + Math.imul(i, 0x9e3779b9)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** In [−1, 1), a multiple of 2^−23. */
export function s(name: string, i: number): number {
  return (u(name, i) >>> 8) / 2 ** 23 - 1;
}

/** In [0, 1), exact in float64; few are large. */
export function score(name: string, i: number): number {
  return (u(name, i) >>> 16) ** 3 / 2 ** 48;
}
