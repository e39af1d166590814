// All randomness of effnet: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
// Counter-based: the i-th number of a stream is a pure function of (seed, key, i), so any thread may draw it.

const MULTIPLIER_0 = 0xd2511f53; // Salmon et al. 2011, table 2
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** One stream of random numbers, named by a seed and a key such as `("augment", epoch, picture)`. */
export class Random {
  readonly #key: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #index = 0;

  /**
   * @param seed a safe integer ≥ 0
   * @param key what the numbers are for; streams of different keys are independent
   */
  constructor(seed: number, ...key: readonly (string | number)[]) {
    // Length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ; two hashes with different offsets make 64 bits.
    const text = key.map((part) => `${typeof part}:${String(part).length}:${part}`).join("|");
    const low = seed >>> 0;
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    this.#key = [
      (fnv1a(text, 0x811c9dc5) ^ low) >>> 0,
      (fnv1a(text, 0x01000193) ^ Math.imul(high + 1, WEYL_1) ^ low) >>> 0,
    ];
  }

  /** The next 32 random bits, 0 … 2^32 − 1. */
  word(): number {
    const lane = this.#index & 3;
    if (lane === 0) {
      const block = Math.floor(this.#index / 4);
      philox([block >>> 0, Math.floor(block / 2 ** 32) >>> 0, 0, 0], this.#key, this.#block);
    }
    this.#index++;
    return this.#block[lane];
  }

  /** Uniform in [0, 1), a multiple of 2^−24. */
  float(): number {
    return (this.word() >>> 8) / 2 ** 24;
  }

  /** Uniform in [from, to). */
  uniform(from: number, to: number): number {
    return from + this.float() * (to - from);
  }

  /** Uniform whole number in [0, count), 1 ≤ count ≤ 2^32. Rejects the few words that would make it uneven. */
  below(count: number): number {
    const even = 2 ** 32 - (2 ** 32 % count);
    for (;;) {
      const word = this.word();
      if (word < even) return word % count;
    }
  }

  /** Standard normal (Box & Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.float()));
    return radius * Math.cos(2 * Math.PI * this.float());
  }
}

/** Ten rounds of Philox4x32 on `counter` (four words) under `key` (two words), written to `out`. */
export function philox(counter: readonly number[], key: readonly [number, number], out: Uint32Array): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The upper 32 bits of the 64-bit product of two unsigned words, from four 16-bit products. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0;
}

/** FNV-1a over the text's UTF-8 bytes, from a given offset basis. */
function fnv1a(text: string, offset: number): number {
  let hash = offset;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
