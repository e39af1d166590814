// Weights as files hold them → a panel of the GEMM, y[kernel row][k][width], k over a row's pixels and channels.
//   for each tap · input channel: `rows` outputs side by side, each read from its own row of the file's order
// No vectors: a batch norm's factor multiplies in float64, before the one rounding to float32. The loop runs once a weight
// and waits for memory; what counts is that it is compiled when it first runs.

/** Smaller magnitudes become 0; backend/parameters.ts says why. */
const SMALLEST: f64 = 1e-30;

/**
 * `weight` `[rows][inputs][kernelHeight · kernelWidth]` float32, `scale` `[rows]` float64; the panel `y` is `width` ≥ rows
 * outputs wide. `pitch` floats from pixel to pixel of a kernel row. What is no weight becomes 0.
 */
export function packPanel(
  weight: usize,
  scale: usize,
  y: usize,
  rows: i32,
  inputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  pitch: i32,
  width: i32,
): void {
  const taps = kernelHeight * kernelWidth;
  const run = (kernelWidth - 1) * pitch + inputs;
  const tapBytes = (<usize>taps) << 2;
  const rowBytes = <usize>inputs * tapBytes;
  const kBytes = (<usize>width) << 2;
  if (rows < width || kernelWidth > 1) memory.fill(y, 0, <usize>(kernelHeight * run) * kBytes);
  for (let tap = 0; tap < taps; tap++) {
    let to = y + <usize>((tap / kernelWidth) * run + (tap % kernelWidth) * pitch) * kBytes;
    let from = weight + ((<usize>tap) << 2);
    for (let i = 0; i < inputs; i++) {
      let at = from;
      let factor = scale;
      for (let cell = to, end = to + ((<usize>rows) << 2); cell < end; cell += 4) {
        store<f32>(cell, <f32>flushed(flushed(<f64>load<f32>(at)) * load<f64>(factor)));
        at += rowBytes;
        factor += 8;
      }
      to += kBytes;
      from += tapBytes;
    }
  }
}

function flushed(value: f64): f64 {
  return abs(value) < SMALLEST ? 0 : value;
}
