// Writes tiles.ts and groups.ts, here and in training/, the loops that differ only in how many registers they fill:
// node kernels/generate.mjs
// A vector below is a v128; kernels that take two lay them side by side, so that V8 can join them to one of 256 bits.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (count, line) => range(count).map(line).join("\n");
/** Pairs of stores, the upper one first: V8 leaves a narrow store behind a pair that it joins if the lower one is first. */
const stores = (vectors, line) => lines(vectors, (v) => line(vectors > 1 ? v ^ 1 : v));

/** One tile of a GEMM: `rows` pixels times `vectors` · 4 channels. See convolution.ts. */
function tile(rows, vectors) {
  const bytes = vectors * 16;
  const at = (offset) => (offset === 0 ? "" : `, ${offset}`);
  return `
export function tile${rows}x${vectors * 4}(
  a: usize,
  aTable: usize,
  aRow: usize,
  kernelRows: i32,
  runFloats: i32,
  b: usize,
  bias: usize,
  c: usize,
  cTable: usize,
): void {
${lines(rows, (r) => `  let a${r} = a + load<u32>(aTable${at(r * 4)});`)}
  const step = aRow - ((<usize>runFloats) << 2);
${lines(vectors, (v) => `  let c0${v} = v128.load(bias${at(v * 16)});`)}
${range(rows - 1)
  .map((r) => lines(vectors, (v) => `  let c${r + 1}${v} = c0${v};`))
  .join("\n")}
  for (let s = 0; s < kernelRows; s++) {
    for (const end = b + <usize>runFloats * ${bytes}; b < end; b += ${bytes}) {
${lines(vectors, (v) => `      const b${v} = v128.load(b${at(v * 16)});`)}
      let x = v128.load32_splat(a0);
${range(rows)
  .map((r) => {
    const load = r === 0 ? "" : `      x = v128.load32_splat(a${r});\n`;
    return load + lines(vectors, (v) => `      c${r}${v} = madd(x, b${v}, c${r}${v});`);
  })
  .join("\n")}
${lines(rows, (r) => `      a${r} += 4;`)}
    }
${lines(rows, (r) => `    a${r} += step;`)}
  }
  let row = c + load<u32>(cTable);
${range(rows)
  .map((r) => {
    const load = r === 0 ? "" : `  row = c + load<u32>(cTable, ${r * 4});\n`;
    return load + stores(vectors, (v) => `  v128.store(row, c${r}${v}${at(v * 16)});`);
  })
  .join("\n")}
}
`;
}

/** Four or seven neighbouring output pixels of a depthwise convolution, `vectors` · 4 channels a turn. See depthwise.ts. */
function group(kernel, stride, vectors, pixels = 4) {
  const bytes = vectors * 16;
  const at = (v) => (v === 0 ? "" : `, ${v * 16}`);
  const inputs = (pixels - 1) * stride + kernel;
  const taps = range(inputs).map((i) => {
    const users = range(pixels).filter((j) => i - j * stride >= 0 && i - j * stride < kernel);
    const next = i === 0 ? "" : "      p += xPixel;\n";
    const loads = lines(vectors, (v) => `      ${i === 0 ? "let " : ""}x${v} = v128.load(p${at(v)});`);
    const sums = users.flatMap((j) =>
      range(vectors).map((v) => `      y${j}${v} = madd(x${v}, w${i - j * stride}${v}, y${j}${v});`),
    );
    return `${next}${loads}\n${sums.join("\n")}`;
  });
  return `
export function ${pixels === 7 ? "seven" : "group"}${kernel}x${kernel}Stride${stride}x${vectors * 4}(
  x: usize,
  xRow: usize,
  xPixel: usize,
  weight: usize,
  bias: usize,
  pitch: usize,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += ${bytes}) {
${lines(vectors, (v) => `    let y0${v} = v128.load(bias${at(v)});`)}
${range(pixels - 1)
  .map((j) => lines(vectors, (v) => `    let y${j + 1}${v} = y0${v};`))
  .join("\n")}
    let row = x;
    let w = weight;
    for (let kh = 0; kh < ${kernel}; kh++) {
${range(kernel)
  .map((k) => `${lines(vectors, (v) => `      const w${k}${v} = v128.load(w${at(v)});`)}\n      w += pitch;`)
  .join("\n")}
      let p = row;
${taps.join("\n")}
      row += xRow;
    }
    let q = y;
${range(pixels)
  .map((j) => (j === 0 ? "" : "    q += yPixel;\n") + stores(vectors, (v) => `    v128.store(q, y${j}${v}${at(v)});`))
  .join("\n")}
    weight += ${bytes};
    bias += ${bytes};
    y += ${bytes};
  }
}
`;
}

/** One tile of a weight gradient: `rows` rows of k times `vectors` · 4 outputs, pixels by step or by table. See training/weight-gradient.ts. */
function gradientTile(rows, vectors, isStepped) {
  const at = (offset) => (offset === 0 ? "" : `, ${offset}`);
  const place = (r, v) => at((r * vectors + v) * 16);
  const name = `gradient${rows}x${vectors * 4}`;
  const p = isStepped ? "a" : "p";
  const q = isStepped ? "g" : "q";
  const head = isStepped
    ? `export function ${name}(a: usize, aStep: usize, g: usize, gStep: usize, pixels: i32, w: usize): void {`
    : `export function ${name}Table(a: usize, aTable: usize, g: usize, gTable: usize, pixels: i32, w: usize): void {`;
  const start = isStepped
    ? "  for (const end = a + <usize>pixels * aStep; a < end; a += aStep) {"
    : `  for (const end = aTable + ((<usize>pixels) << 2); aTable < end; aTable += 4) {
    const p = a + load<u32>(aTable);
    const q = g + load<u32>(gTable);
    gTable += 4;`;
  return `
${head}
${range(rows)
  .map((r) => lines(vectors, (v) => `  let w${r}${v} = v128.load(w${place(r, v)});`))
  .join("\n")}
${start}
${lines(vectors, (v) => `    const g${v} = v128.load(${q}${at(v * 16)});`)}
    ${rows === 1 ? "const" : "let"} x = v128.load32_splat(${p});
${range(rows)
  .map((r) => {
    const load = r === 0 ? "" : `    x = v128.load32_splat(${p}${at(r * 4)});\n`;
    return load + lines(vectors, (v) => `    w${r}${v} = madd(x, g${v}, w${r}${v});`);
  })
  .join("\n")}${isStepped ? "\n    g += gStep;" : ""}
  }
${range(rows)
  .map((r) => stores(vectors, (v) => `  v128.store(w, w${r}${v}${place(r, v)});`))
  .join("\n")}
}
`;
}

/**
 * Six or eight neighbouring pixels of a depthwise input gradient at stride 2, `vectors` · 4 channels a turn; pixel t takes the
 * column i of g at kw = t + odd − 2i. See training/depthwise-input-gradient.ts.
 */
function inputGradientGroup(kernel, odd, pixels, vectors) {
  const bytes = vectors * 16;
  const at = (v) => (v === 0 ? "" : `, ${v * 16}`);
  const first = odd - (kernel - 1) / 2;
  const last = Math.floor((pixels - 1 + odd) / 2);
  const columns = range(last - first + 1).map((column) => {
    const i = first + column;
    const users = range(pixels).filter((t) => t + odd - 2 * i >= 0 && t + odd - 2 * i < kernel);
    const next = column === 0 ? "" : "      p += gPixel;\n";
    const loads = lines(vectors, (v) => `      ${column === 0 ? "let " : ""}g${v} = v128.load(p${at(v)});`);
    const sums = users.flatMap((t) =>
      range(vectors).map((v) => `      y${t}${v} = madd(g${v}, w${t + odd - 2 * i}${v}, y${t}${v});`),
    );
    return `${next}${loads}\n${sums.join("\n")}`;
  });
  return `
export function inputGradient${kernel}x${kernel}${odd ? "Odd" : "Even"}x${pixels}x${vectors * 4}(
  g: usize,
  gRow: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  kernelRows: i32,
  y: usize,
  yPixel: usize,
  bytes: usize,
): void {
  for (const end = g + bytes; g < end; g += ${bytes}) {
${lines(vectors, (v) => `    let y0${v} = i32x4.splat(0);`)}
${range(pixels - 1)
  .map((t) => lines(vectors, (v) => `    let y${t + 1}${v} = y0${v};`))
  .join("\n")}
    let row = g;
    let w = weight;
    for (let kh = 0; kh < kernelRows; kh++) {
${range(kernel)
  .map((k) => `${lines(vectors, (v) => `      const w${k}${v} = v128.load(w${at(v)});`)}\n      w += pitch;`)
  .join("\n")}
      w += ${kernel} * pitch;
      let p = row;
${columns.join("\n")}
      row -= gRow;
    }
    let q = y;
${range(pixels)
  .map((t) => (t === 0 ? "" : "    q += yPixel;\n") + stores(vectors, (v) => `    v128.store(q, y${t}${v}${at(v)});`))
  .join("\n")}
    weight += ${bytes};
    y += ${bytes};
  }
}
`;
}

/**
 * What `pixels` neighbouring pixels of g add to a depthwise weight gradient, `vectors` · 4 channels a turn. See
 * training/depthwise-weight-gradient.ts.
 */
function weightGradientGroup(kernel, stride, pixels, vectors) {
  const bytes = vectors * 16;
  const at = (v) => (v === 0 ? "" : `, ${v * 16}`);
  const inputs = (pixels - 1) * stride + kernel;
  const taps = range(inputs).map((i) => {
    const users = range(pixels).filter((j) => i - j * stride >= 0 && i - j * stride < kernel);
    const next = i === 0 ? "" : "      p += xPixel;\n";
    const loads = lines(vectors, (v) => `      ${i === 0 ? "let " : ""}x${v} = v128.load(p${at(v)});`);
    const sums = users.flatMap((j) =>
      range(vectors).map((v) => `      w${i - j * stride}${v} = madd(x${v}, g${j}${v}, w${i - j * stride}${v});`),
    );
    return `${next}${loads}\n${sums.join("\n")}`;
  });
  return `
export function weightGradient${kernel}x${kernel}Stride${stride}x${pixels}x${vectors * 4}(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gPixel: usize,
  weight: usize,
  pitch: usize,
  bytes: usize,
): void {
  for (const end = x + bytes; x < end; x += ${bytes}) {
    let q = g;
${range(pixels)
  .map(
    (j) => (j === 0 ? "" : "    q += gPixel;\n") + lines(vectors, (v) => `    const g${j}${v} = v128.load(q${at(v)});`),
  )
  .join("\n")}
    let row = x;
    let w = weight;
    for (let kh = 0; kh < ${kernel}; kh++) {
      q = w;
${range(kernel)
  .map(
    (k) =>
      (k === 0 ? "" : "      q += pitch;\n") + lines(vectors, (v) => `      let w${k}${v} = v128.load(q${at(v)});`),
  )
  .join("\n")}
      let p = row;
${taps.join("\n")}
${range(kernel)
  .map((k) => `${stores(vectors, (v) => `      v128.store(w, w${k}${v}${at(v)});`)}\n      w += pitch;`)
  .join("\n")}
      row += xRow;
    }
    g += ${bytes};
    weight += ${bytes};
  }
}
`;
}

/**
 * Some neighbouring kernel rows of a depthwise weight gradient, `vectors` · 4 channels, two pixels a turn and the last one of an odd
 * row alone. See training/depthwise-weight-gradient.ts.
 */
function weightGradientRows(kernelRows, kernel, stride, vectors) {
  const at = (v) => (v === 0 ? "" : `, ${v * 16}`);
  const taps = range(kernelRows).flatMap((r) => range(kernel).map((k) => `${r}${k}`));
  const eachTap = (line) => taps.map((tap, i) => (i === 0 ? "" : "  t += pitch;\n") + line(tap)).join("\n");
  const turn = (pixels) => {
    const inputs = (pixels - 1) * stride + kernel;
    const back = inputs - 1 - pixels * stride; // from the last input to the next turn's first
    const gradients = range(pixels).map(
      (j) => `${lines(vectors, (v) => `      const g${j}${v} = v128.load(q${at(v)});`)}\n      q += gPixel;`,
    );
    const sums = range(kernelRows).flatMap((r) =>
      range(inputs).map((i) => {
        const users = range(pixels).filter((j) => i - j * stride >= 0 && i - j * stride < kernel);
        const loads = lines(vectors, (v) => `      ${r + i === 0 ? "let " : ""}x${v} = v128.load(p${r}${at(v)});`);
        const adds = users.flatMap((j) =>
          range(vectors).map((v) => {
            const sum = `w${r}${i - j * stride}${v}`;
            return `      ${sum} = madd(x${v}, g${j}${v}, ${sum});`;
          }),
        );
        const step = i < inputs - 1 ? "+= xPixel" : back === 1 ? "-= xPixel" : `-= ${back} * xPixel`;
        return `${loads}\n${adds.join("\n")}\n      p${r} ${step};`;
      }),
    );
    return [...gradients, ...sums].join("\n");
  };
  return `
export function weightGradient${kernelRows}Of${kernel}Stride${stride}x${vectors * 4}(
  x: usize,
  xRow: usize,
  xPixel: usize,
  g: usize,
  gRow: usize,
  gPixel: usize,
  w: usize,
  pitch: usize,
  width: i32,
  rows: i32,
): void {
  let t = w;
${eachTap((tap) => lines(vectors, (v) => `  let w${tap}${v} = v128.load(t${at(v)});`))}
  for (; rows > 0; rows--) {
    let p0 = x;
${lines(kernelRows - 1, (r) => `    let p${r + 1} = p${r} + xRow;`)}
    let q = g;
    for (let pairs = width >> 1; pairs > 0; pairs--) {
${turn(2)}
    }
    for (let left = width & 1; left > 0; left--) {
${turn(1)}
    }
    x += ${stride === 1 ? "xRow" : `${stride} * xRow`};
    g += gRow;
  }
  t = w;
${eachTap((tap) => stores(vectors, (v) => `  v128.store(t, w${tap}${v}${at(v)});`))}
}
`;
}

function file(about, functions, folder = "./") {
  const head = `// Written by kernels/generate.mjs; edit that. ${about}\n\nimport { madd } from "${folder}madd";\n`;
  return head + functions.join("");
}

const windows = [3, 5].flatMap((kernel) => [1, 2].map((stride) => [kernel, stride]));

/** The files by name, as they must stand beside this one. */
export const FILES = {
  "tiles.ts": file(
    "Tiles of the GEMM: pixels × channels.",
    [3, 4, 5, 6, 8].map((rows) => tile(rows, 2)).concat([tile(5, 4), tile(6, 4)]),
  ),
  "groups.ts": file(
    "Four or seven pixels of a depthwise convolution × channels.",
    [1, 2].flatMap((vectors) => [
      ...windows.map(([kernel, stride]) => group(kernel, stride, vectors)),
      ...[3, 5].map((kernel) => group(kernel, 1, vectors, 7)),
    ]),
  ),
  "training/tiles.ts": file(
    "Tiles of a weight gradient: rows of k × outputs.",
    [true, false].flatMap((isStepped) => [
      ...[1, 3, 4, 5, 6, 8].map((rows) => gradientTile(rows, 2, isStepped)),
      ...[1, 3, 4, 5, 6].map((rows) => gradientTile(rows, 4, isStepped)),
    ]),
    "../",
  ),
  "training/groups.ts": file(
    "Some pixels of a depthwise gradient × channels.",
    [1, 2]
      .flatMap((vectors) => [
        ...[3, 5].flatMap((kernel) =>
          [0, 1].flatMap((odd) => [6, 8].map((pixels) => inputGradientGroup(kernel, odd, pixels, vectors))),
        ),
      ])
      .concat([3, 5].flatMap((kernel) => [3, 4, 7].map((pixels) => weightGradientGroup(kernel, 1, pixels, 1))))
      .concat([3, 5].flatMap((kernel) => [3, 4].map((pixels) => weightGradientGroup(kernel, 2, pixels, 1))))
      .concat([1, 2].flatMap((stride) => [3, 4, 5].map((pixels) => weightGradientGroup(3, stride, pixels, 2))))
      .concat([1, 2].flatMap((stride) => [2, 1].map((rows) => weightGradientRows(rows, 5, stride, 2)))),
    "../",
  ),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(new URL(name, import.meta.url), text);
}
