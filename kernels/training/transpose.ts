// Packs the transposed weights of one tap: T[n, k] = W[k, n]. With them the input gradient is a forward convolution of the output's
// gradient, residual and all (../convolution.ts): dX = dY · Wᵀ, the skip connection's gradient as the residual.
//   W  packed panels [panel of outputs n][row][PANEL], `wRows` rows a panel (kernel rows · run); the tap's input channel k is row
//      `wFrom` + k.  T  packed panels [panel of inputs k][row][PANEL], `tRows` rows a panel; output channel n is row `tFrom` + n.
//      Either last panel is of 8 if that is enough.
//   for each panel of T · for each 4 outputs · for each 4 inputs of the panel: 4 vectors of W, transposed, are 4 of T
// A 1×1: wFrom = tFrom = 0, wRows = inputs, tRows = outputs. A k×k is one call a tap. Stride 1: T is a k×k kernel turned by 180°,
//   (kh, kw) → (height − 1 − kh, width − 1 − kw), tap (s, j) at row s · run + j · pitch. Stride 2: four kernels, one for each
//   parity of the input's row and column, of the taps that meet it, in falling order; each writes its quarter of dX through the table.
// Lanes of T beyond the true inputs are written as zeros; rows between taps (output pitch beyond the true outputs) are not touched.
// Registers: 4 loaded + 4 interleaved. Shuffles do not widen; memory-bound all the same. Threads split panels of T.

import { WIDE } from "../mode";

const PANEL: i32 = WIDE ? 16 : 8;

/** Panels `panelFrom` … `panelTo` of T. `inputs`, `outputs`: the true channels of the convolution. Bytes but for counts. */
export function transpose(
  w: usize,
  wRows: i32,
  wFrom: i32,
  outputs: i32,
  t: usize,
  tRows: i32,
  tFrom: i32,
  inputs: i32,
  panelFrom: i32,
  panelTo: i32,
): void {
  const wide = roundUp8(outputs);
  const tall = roundUp8(inputs);
  for (let panel = panelFrom; panel < panelTo; panel++) {
    const first = panel * PANEL;
    const lanes = min(PANEL, tall - first);
    const tStep = (<usize>lanes) << 2;
    const tPanel = t + ((<usize>(first * tRows)) << 2) + <usize>tFrom * tStep;
    for (let n = 0; n < outputs; n += 4) {
      const start = n - (n % PANEL);
      const wStep = (<usize>min(PANEL, wide - start)) << 2;
      const wPanel = w + ((<usize>(start * wRows)) << 2) + <usize>wFrom * wStep + ((<usize>(n - start)) << 2);
      for (let lane = 0; lane < lanes; lane += 4) {
        const from = wPanel + <usize>(first + lane) * wStep;
        const to = tPanel + <usize>n * tStep + ((<usize>lane) << 2);
        if (first + lane + 4 <= inputs && n + 4 <= outputs) transpose4x4(from, wStep, to, tStep);
        else transposeEdge(from, wStep, inputs - first - lane, to, tStep, outputs - n);
      }
    }
  }
}

function transpose4x4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(ef, gh, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(ef, gh, 2, 3, 6, 7));
}

/** Where fewer than 4 inputs or outputs are left: the missing inputs are zeros, the missing outputs no rows. */
function transposeEdge(from: usize, fromStep: usize, inputs: i32, to: usize, toStep: usize, outputs: i32): void {
  for (let n = 0; n < min(outputs, 4); n++) {
    for (let k = 0; k < 4; k++) {
      const value = k < inputs ? load<f32>(from + <usize>k * fromStep + ((<usize>n) << 2)) : 0;
      store<f32>(to + <usize>n * toStep + ((<usize>k) << 2), value);
    }
  }
}

function roundUp8(count: i32): i32 {
  return (count + 7) & ~7;
}
