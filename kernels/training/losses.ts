// Losses of one picture and their gradients, over the true number of elements; padding of the gradients becomes 0.
//   crossEntropy        −Σ target·log p, log p = x − max − log Σ e^(x − max);  gradient scale·(p·Σ target − target)
//   binaryCrossEntropy  Σ max(x, 0) − x·target + log(1 + e^−|x|);              gradient scale·(σ(x) − target)
//   squaredError        Σ (x − target)², rows of `width` pixels;               gradient scale·(x − target)
//   x, target, y  float32; the loss float64. `scale` is what the graph divides and multiplies by.
// Scalar float64: they are as long as the classes, or narrow maps. Threads split pictures.

export function crossEntropy(x: usize, target: usize, y: usize, classes: i32): void {
  const logSum = logSumOf(x, classes);
  let loss: f64 = 0;
  for (const end = x + ((<usize>classes) << 2); x < end; x += 4) {
    loss -= <f64>load<f32>(target) * (<f64>load<f32>(x) - logSum);
    target += 4;
  }
  store<f64>(y, loss);
}

export function crossEntropyGradient(x: usize, target: usize, y: usize, classes: i32, bytes: usize, scale: f64): void {
  const logSum = logSumOf(x, classes);
  const length = (<usize>classes) << 2;
  let total: f64 = 0;
  for (let at: usize = 0; at < length; at += 4) total += <f64>load<f32>(target + at);
  for (let at: usize = 0; at < length; at += 4) {
    const p = Math.exp(<f64>load<f32>(x + at) - logSum);
    store<f32>(y + at, <f32>(scale * (p * total - <f64>load<f32>(target + at))));
  }
  memory.fill(y + length, 0, bytes - length);
}

/** log Σ e^x, without overflow. */
function logSumOf(x: usize, classes: i32): f64 {
  const end = x + ((<usize>classes) << 2);
  let most = load<f32>(x);
  for (let p = x; p < end; p += 4) most = max<f32>(most, load<f32>(p));
  let sum: f64 = 0;
  for (let p = x; p < end; p += 4) sum += Math.exp(<f64>load<f32>(p) - <f64>most);
  return <f64>most + Math.log(sum);
}

export function binaryCrossEntropy(x: usize, target: usize, y: usize, classes: i32): void {
  let loss: f64 = 0;
  for (const end = x + ((<usize>classes) << 2); x < end; x += 4) {
    const z = <f64>load<f32>(x);
    loss += max<f64>(z, 0) - z * <f64>load<f32>(target) + Math.log1p(Math.exp(-abs<f64>(z)));
    target += 4;
  }
  store<f64>(y, loss);
}

export function binaryCrossEntropyGradient(
  x: usize,
  target: usize,
  y: usize,
  classes: i32,
  bytes: usize,
  scale: f64,
): void {
  const length = (<usize>classes) << 2;
  for (let at: usize = 0; at < length; at += 4) {
    const sigmoid = 1 / (1 + Math.exp(-(<f64>load<f32>(x + at))));
    store<f32>(y + at, <f32>(scale * (sigmoid - <f64>load<f32>(target + at))));
  }
  memory.fill(y + length, 0, bytes - length);
}

/** Padding is 0 in both. */
export function squaredError(
  x: usize,
  xRow: usize,
  target: usize,
  targetRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  y: usize,
): void {
  let loss: f64 = 0;
  const length = <usize>width * bytes;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < length; at += 4) {
      const d = <f64>load<f32>(x + at) - <f64>load<f32>(target + at);
      loss += d * d;
    }
    x += xRow;
    target += targetRow;
  }
  store<f64>(y, loss);
}

export function squaredErrorGradient(
  x: usize,
  xRow: usize,
  target: usize,
  targetRow: usize,
  y: usize,
  yRow: usize,
  bytes: usize,
  width: i32,
  rows: i32,
  scale: f32,
): void {
  const s = f32x4.splat(scale);
  const length = <usize>width * bytes;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < length; at += 32) {
      const d0 = f32x4.sub(v128.load(x + at), v128.load(target + at));
      const d1 = f32x4.sub(v128.load(x + at, 16), v128.load(target + at, 16));
      v128.store(y + at, f32x4.mul(d0, s));
      v128.store(y + at, f32x4.mul(d1, s), 16);
    }
    x += xRow;
    target += targetRow;
    y += yRow;
  }
}
