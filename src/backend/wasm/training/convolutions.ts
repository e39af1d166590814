// Convolutions and linear layers of a training step: forward, gradients of inputs and of weights. All are GEMMs that read maps
// through tables of offsets, or depthwise loops.

import type { OpOf, Pads } from "../../../graph/ops.ts";
import type { TrainingOpOf } from "../../../graph/training-ops.ts";
import { keepPadding } from "./elementwise.ts";
import type { PanelsForm } from "./forms.ts";
import { gradientPads } from "./layouts.ts";
import { activationCode, type Lowering, pixelBytes, roundUp, rowBytes, vectorBytes } from "./lowering.ts";
import type { Address, Operand } from "./program.ts";

const NO_PADS: Pads = { top: 0, bottom: 0, left: 0, right: 0 };

/** One product of a map's windows with packed panels. */
interface Gemm {
  readonly a: string;
  readonly pads: Pads;
  readonly stride: number;
  readonly kernelRows: number;
  readonly run: number;
  readonly weights: number;
  readonly bias: number;
  readonly c: string;
  /** Of c: every second row, say, and from which pixel. */
  readonly every: number;
  readonly from: readonly [row: number, column: number];
  readonly residual: string | null;
  readonly kind: number;
}

export function lowerConvolution(op: OpOf<"convolution">, lowering: Lowering): void {
  const { weights, form } = lowering.parameters.place(op.weight);
  const { run, kernelHeight } = form as PanelsForm;
  gemm(lowering, {
    a: op.x,
    pads: op.pads,
    stride: op.stride,
    kernelRows: kernelHeight,
    run,
    weights,
    bias: biasOf(op.bias, lowering.layout(op.y).channels, lowering),
    c: op.y,
    every: 1,
    from: [0, 0],
    residual: op.residual,
    kind: activationCode(op.activation),
  });
  keepPadding(op, lowering);
}

export function lowerLinear(op: OpOf<"linear">, lowering: Lowering): void {
  const { weights, form } = lowering.parameters.place(op.weight);
  const bias = biasOf(op.bias, lowering.layout(op.y).channels, lowering);
  gemm(lowering, {
    ...WHOLE,
    a: op.x,
    run: (form as PanelsForm).run,
    weights,
    bias,
    c: op.y,
    kind: activationCode(op.activation),
  });
  keepPadding(op, lowering);
}

const WHOLE = { pads: NO_PADS, stride: 1, kernelRows: 1, every: 1, from: [0, 0], residual: null, kind: 0 } as const;

/** dX = dY · Wᵀ. */
export function lowerLinearInputGradient(op: TrainingOpOf<"linearInputGradient">, lowering: Lowering): void {
  const { inputs } = lowering.parameters.place(op.weight).form as PanelsForm;
  const weights = transposed(op.weight, [{ from: 0, to: 0 }], lowering.layout(op.g).channels, lowering);
  gemm(lowering, {
    ...WHOLE,
    a: op.g,
    run: lowering.layout(op.g).channels,
    weights,
    bias: lowering.zeros(vectorBytes(inputs)),
    c: op.y,
  });
}

/** For each parity of the result's rows and columns, the taps that meet them, in falling order, over the padded g. */
export function lowerConvolutionInputGradient(
  op: Omit<TrainingOpOf<"convolutionInputGradient">, "op">,
  lowering: Lowering,
  residual: string | null,
): void {
  const { stride, pads, kernel } = op;
  const { run, pitch } = lowering.parameters.place(op.weight).form as PanelsForm;
  const g = lowering.layout(op.g);
  const y = lowering.layout(op.y);
  const border = gradientPads(op, [0, g.height, g.width]);
  const bias = lowering.zeros(vectorBytes(y.channels));
  for (let row = 0; row < Math.min(stride, y.height); row++) {
    for (let column = 0; column < Math.min(stride, y.width); column++) {
      const down = tapsOf(kernel[0], stride, row + pads.top);
      const across = tapsOf(kernel[1], stride, column + pads.left);
      const width = (Math.max(across.taps.length, 1) - 1) * g.pitch + g.channels;
      const taps = down.taps.flatMap((kh, s) =>
        across.taps.map((kw, j) => ({ from: kh * run + kw * pitch, to: s * width + j * g.pitch })),
      );
      gemm(lowering, {
        a: op.g,
        // The window's first pixel, counted from pixel (0, 0) of g.
        pads: { ...border, top: down.taps.length - 1 - down.first, left: across.taps.length - 1 - across.first },
        stride: 1,
        kernelRows: across.taps.length === 0 ? 0 : down.taps.length,
        run: width,
        weights: taps.length === 0 ? bias : transposed(op.weight, taps, down.taps.length * width, lowering),
        bias,
        c: op.y,
        every: stride,
        from: [row, column],
        residual,
        kind: 0,
      });
    }
  }
}

/** The taps that meet an input at `at` (pads included), falling, and the output that the last of them, the smallest, meets. */
function tapsOf(size: number, stride: number, at: number): { taps: number[]; first: number } {
  const least = at % stride;
  const taps: number[] = [];
  for (let tap = least; tap < size; tap += stride) taps.unshift(tap);
  return { taps, first: (at - least) / stride };
}

function gemm(lowering: Lowering, { a, c, residual, pads, every, from, ...rest }: Gemm): void {
  const { tile, panel } = lowering.machine;
  const { stride, kernelRows, run, weights, bias, kind } = rest;
  const x = lowering.layout(a);
  const y = lowering.layout(c);
  const channels = roundUp(y.channels, 8);
  const panels = Math.ceil(channels / panel);
  const isPointwise =
    kernelRows === 1 && run === x.channels && stride === 1 && every === 1 && pads.top + pads.left === 0;
  const others = residual === null ? [] : [residual];
  if (isPointwise && lowering.isFlat(a, c, ...others)) {
    const pixels = (count: number): number => count * y.height * y.width;
    const table = (name: string): Operand => lowering.linearTable(pixelBytes(lowering.layout(name)), pixels);
    lowering.step("convolution", "unit", [
      lowering.at(a),
      table(a),
      0,
      1,
      run,
      weights,
      bias,
      lowering.at(c),
      table(c),
      residual === null ? 0 : lowering.at(residual),
      residual === null ? 0 : table(residual),
      kind,
      { byCount: pixels },
      channels,
      0,
      { byCount: (count) => Math.ceil(pixels(count) / tile) },
      0,
      panels,
    ]);
    return;
  }
  const [height, width] = [Math.ceil((y.height - from[0]) / every), Math.ceil((y.width - from[1]) / every)];
  const table = (name: string, step: number): number => {
    const layout = lowering.layout(name);
    return lowering.table(height, width, rowBytes(layout) * step, pixelBytes(layout) * step);
  };
  const start = (name: string): Address => {
    const layout = lowering.layout(name);
    return lowering.at(name, undefined, from[0] * rowBytes(layout) + from[1] * pixelBytes(layout));
  };
  lowering.step("convolution", "picture", [
    lowering.at(a, pads),
    table(a, stride),
    rowBytes(x),
    kernelRows,
    run,
    weights,
    bias,
    start(c),
    table(c, every),
    residual === null ? 0 : start(residual),
    residual === null ? 0 : table(residual, every),
    kind,
    height * width,
    channels,
    0,
    Math.ceil((height * width) / tile),
    0,
    panels,
  ]);
}

/** The address of Wᵀ of some taps: rows of W and of the result. It is packed anew whenever weights have changed. */
function transposed(
  weight: string,
  taps: readonly { readonly from: number; readonly to: number }[],
  rows: number,
  lowering: Lowering,
): number {
  const { weights, form } = lowering.parameters.place(weight);
  const { kernelHeight, run, outputs, inputs, panel } = form as PanelsForm;
  const tall = roundUp(inputs, 8);
  return lowering.transposed(`${weight} ${JSON.stringify(taps)}`, tall * rows * 4, (t) =>
    taps.map(({ from, to }) => ({
      kernel: "transpose",
      operands: [weights, kernelHeight * run, from, outputs, t, rows, to, inputs, "from", "to"],
      units: Math.ceil(tall / panel),
      scale: 1,
    })),
  );
}

/** dW = Σ over pixels of window · g: by group where maps are large, else over the whole batch at once. */
export function lowerConvolutionWeightGradient(
  op: TrainingOpOf<"convolutionWeightGradient">,
  lowering: Lowering,
  isBatch: boolean,
): void {
  weightGradient(lowering, op, isBatch);
}

export function lowerLinearWeightGradient(op: TrainingOpOf<"linearWeightGradient">, lowering: Lowering): void {
  weightGradient(lowering, { ...op, pads: NO_PADS, stride: 1 }, true);
}

interface WeightGradient {
  readonly x: string;
  readonly g: string;
  readonly pads: Pads;
  readonly stride: number;
  readonly y: string;
}

function weightGradient(lowering: Lowering, op: WeightGradient, isBatch: boolean): void {
  const place = lowering.learning(op.y);
  if (place === null || place.gradient === null) return;
  const { kernelHeight, run } = place.form as PanelsForm;
  const x = lowering.layout(op.x);
  const g = lowering.layout(op.g);
  const channels = roundUp(g.channels, 8);
  const panels = Math.ceil(channels / lowering.machine.panel);
  const isPointwise = kernelHeight === 1 && run === x.channels && op.stride === 1 && op.pads.top + op.pads.left === 0;
  const isFlat = isPointwise && lowering.isFlat(op.x, op.g);
  const rows = kernelHeight * run;
  const { height, width } = g;
  const aRow = rowBytes(x);
  const tableOf = (layout: typeof x, stride: number, name: string, pictures: number): number =>
    lowering.table(
      height,
      width,
      rowBytes(layout) * stride,
      pixelBytes(layout) * stride,
      pictures,
      pictures === 1 ? 0 : lowering.home(name).pictureBytes,
    );
  if (isBatch) {
    const pictures = lowering.home(op.g).pictures;
    const pixels = pictures * height * width;
    const [aTable, gTable] = isFlat
      ? [lowering.batchTable(pixelBytes(x), pixels), lowering.batchTable(pixelBytes(g), pixels)]
      : [tableOf(x, op.stride, op.x, pictures), tableOf(g, 1, op.g, pictures)];
    const common = [lowering.at(op.x, op.pads), aTable, aRow, kernelHeight, run, lowering.at(op.g), gTable] as const;
    const { axis, units } = lowering.splitOfWeights(panels, rows);
    const share = axis === "panels" ? ([0, rows, "from", "to"] as const) : (["from", "to", 0, panels] as const);
    lowering.shared(lowering.phase, {
      kernel: "weightGradient",
      operands: [...common, place.gradient, pixels, channels, 1, ...share],
      units,
      scale: 1,
    });
    return;
  }
  const partials = lowering.partials(place.bytes);
  const pixels = (count: number): number => count * height * width;
  const tables: Operand[] = isFlat
    ? [lowering.linearTable(pixelBytes(x), pixels), lowering.linearTable(pixelBytes(g), pixels)]
    : [tableOf(x, op.stride, op.x, 1), tableOf(g, 1, op.g, 1)];
  lowering.step("weightGradient", isFlat ? "group" : "picture", [
    lowering.at(op.x, op.pads),
    tables[0],
    aRow,
    kernelHeight,
    run,
    lowering.at(op.g),
    tables[1],
    partials.ofGroup,
    isFlat ? { byCount: pixels } : height * width,
    channels,
    "isNext",
    0,
    rows,
    0,
    panels,
  ]);
  lowering.addGradient(lowering.phase + 1, place.name, partials.at, partials.step, lowering.groups);
}

export function lowerDepthwise(op: OpOf<"depthwise">, lowering: Lowering): void {
  const x = lowering.layout(op.x);
  const y = lowering.layout(op.y);
  const bytes = pixelBytes(y);
  lowering.step("depthwise", "picture", [
    lowering.at(op.x, op.pads),
    rowBytes(x),
    pixelBytes(x),
    lowering.parameters.place(op.weight).weights,
    biasOf(op.bias, y.channels, lowering),
    bytes,
    lowering.at(op.y),
    rowBytes(y),
    bytes,
    y.width,
    ...op.kernel,
    op.stride,
    activationCode(op.activation),
    0,
    y.height,
    0,
    bytes,
  ]);
  keepPadding(op, lowering);
}

export function lowerDepthwiseInputGradient(op: TrainingOpOf<"depthwiseInputGradient">, lowering: Lowering): void {
  const g = lowering.layout(op.g);
  const y = lowering.layout(op.y);
  const bytes = pixelBytes(y);
  lowering.step("depthwiseInputGradient", "picture", [
    lowering.at(op.g),
    rowBytes(g),
    pixelBytes(g),
    lowering.parameters.place(op.weight).weights,
    lowering.zeros(bytes),
    bytes,
    lowering.at(op.y),
    rowBytes(y),
    bytes,
    y.width,
    ...op.kernel,
    op.stride,
    op.pads.top,
    op.pads.left,
    0,
    y.height,
    0,
    bytes,
  ]);
}

export function lowerDepthwiseWeightGradient(op: TrainingOpOf<"depthwiseWeightGradient">, lowering: Lowering): void {
  const place = lowering.learning(op.y);
  if (place === null || place.gradient === null) return;
  const x = lowering.layout(op.x);
  const g = lowering.layout(op.g);
  const bytes = pixelBytes(g);
  const partials = lowering.partials(place.bytes);
  lowering.step("depthwiseWeightGradient", "picture", [
    lowering.at(op.x, op.pads),
    rowBytes(x),
    pixelBytes(x),
    lowering.at(op.g),
    rowBytes(g),
    pixelBytes(g),
    partials.ofGroup,
    bytes,
    g.width,
    ...op.kernel,
    op.stride,
    "isNext",
    0,
    g.height,
    0,
    bytes,
  ]);
  lowering.addGradient(lowering.phase + 1, place.name, partials.at, partials.step, lowering.groups);
}

/** The gradient of a bias: vectors all at once, maps by group. */
export function lowerBiasGradient(op: TrainingOpOf<"biasGradient">, lowering: Lowering, isBatch: boolean): void {
  const place = lowering.learning(op.y);
  if (place === null || place.gradient === null) return;
  const g = lowering.layout(op.g);
  if (isBatch) {
    const operands = [lowering.at(op.g), 0, pixelBytes(g), lowering.home(op.g).pictures, 1, place.gradient, 0];
    lowering.shared(lowering.phase, { kernel: "sumRows", operands, units: 1, scale: 1 });
    return;
  }
  const partials = lowering.partials(place.bytes);
  const { per, width, rows, row } = lowering.mapOf(op.g);
  lowering.step("sumRows", per === "unit" ? "group" : "picture", [
    lowering.at(op.g),
    row(op.g),
    pixelBytes(g),
    width,
    rows,
    partials.ofGroup,
    "isFirst",
  ]);
  lowering.addGradient(lowering.phase + 1, place.name, partials.at, partials.step, lowering.groups);
}

function biasOf(bias: string | null, channels: number, lowering: Lowering): number {
  return bias === null ? lowering.zeros(vectorBytes(channels)) : lowering.parameters.place(bias).weights;
}
