// The deterministic numbers behind the golden files: a 32-bit hash of (seed, name, index) as a value in [−1, 1).
// Weights and input of test/golden/models are these; see the README there.

/** A dense tensor of float32 values, row-major. */
export interface FormulaTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Powers of two that scale `running_var`, by the norm's name; 0 where absent. */
export type VarianceExponents = Readonly<Record<string, number>>;

/** i → unit(seed, name, i) in [−1, 1), exact in float32. */
export function units(seed: number, name: string): (i: number) => number {
  const word = words(seed, name);
  return (i) => ((word(i) >>> 8) - 2 ** 23) / 2 ** 23;
}

/** i → word(seed, name, i), 32 bits. */
export function words(seed: number, name: string): (i: number) => number {
  const base = mix((fnv1a(name) ^ seed) >>> 0);
  return (i) => mix((base + Math.imul(i, 0x9e3779b9)) >>> 0);
}

/** The state-dict entry `name` of the given shape (OIHW; `[]` for a counter). */
export function formulaEntry(
  seed: number,
  name: string,
  shape: readonly number[],
  exponents: VarianceExponents = {},
): FormulaTensor {
  const data = new Float32Array(product(shape));
  if (name.endsWith("num_batches_tracked")) return { shape, data };
  const unit = units(seed, name);
  const scaled = scaling(name, shape, exponents);
  for (let i = 0; i < data.length; i++) data[i] = scaled(unit(i));
  return { shape, data };
}

/** The golden input `[n, h, w, c]`: 1.5 × a pattern of 16×16 blocks + 0.5 × one of single pixels. */
export function formulaInput(seed: number, shape: readonly number[]): FormulaTensor {
  const [, h, w, c] = shape;
  const coarse = units(seed, "input.coarse");
  const fine = units(seed, "input.fine");
  const blockRows = Math.ceil(h / 16);
  const blockColumns = Math.ceil(w / 16);
  const data = new Float32Array(product(shape));
  for (let at = 0; at < data.length; at++) {
    const pixel = Math.floor(at / c);
    const x = pixel % w;
    const y = Math.floor(pixel / w) % h;
    const n = Math.floor(pixel / w / h);
    const block = (n * blockRows + (y >> 4)) * blockColumns + (x >> 4);
    data[at] = 1.5 * coarse(block * c + (at % c)) + 0.5 * fine(at);
  }
  return { shape, data };
}

function scaling(name: string, shape: readonly number[], exponents: VarianceExponents): (unit: number) => number {
  if (shape.length > 1) {
    const bound = Math.sqrt(6 / product(shape.slice(1)));
    return (unit) => unit * bound;
  }
  if (name.endsWith(".running_var")) {
    const scale = 2 ** (exponents[name.slice(0, -".running_var".length)] ?? 0);
    return (unit) => (1 + 0.5 * unit) * scale;
  }
  return name.endsWith(".weight") ? (unit) => 1 + 0.25 * unit : (unit) => 0.25 * unit;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function mix(word: number): number {
  let x = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, side) => all * side, 1);
}
