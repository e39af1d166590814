// Writes tiles.ts and groups.ts, the loops that differ only in how many registers they fill: node kernels/generate.mjs
// A vector below is a v128; kernels that take two lay them side by side, so that V8 can join them to one of 256 bits.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const range = (count) => Array.from({ length: count }, (_, i) => i);
const lines = (count, line) => range(count).map(line).join("\n");

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
    return load + lines(vectors, (v) => `  v128.store(row, c${r}${v}${at(v * 16)});`);
  })
  .join("\n")}
}
`;
}

/** Four neighbouring output pixels of a depthwise convolution, `vectors` · 4 channels a turn. See depthwise.ts. */
function group(kernel, stride, vectors) {
  const bytes = vectors * 16;
  const at = (v) => (v === 0 ? "" : `, ${v * 16}`);
  const inputs = 3 * stride + kernel;
  const taps = range(inputs).map((i) => {
    const users = range(4).filter((j) => i - j * stride >= 0 && i - j * stride < kernel);
    const next = i === 0 ? "" : "      p += xPixel;\n";
    const loads = lines(vectors, (v) => `      ${i === 0 ? "let " : ""}x${v} = v128.load(p${at(v)});`);
    const sums = users.flatMap((j) =>
      range(vectors).map((v) => `      y${j}${v} = madd(x${v}, w${i - j * stride}${v}, y${j}${v});`),
    );
    return `${next}${loads}\n${sums.join("\n")}`;
  });
  return `
export function group${kernel}x${kernel}Stride${stride}x${vectors * 4}(
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
${range(3)
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
${range(4)
  .map((j) => (j === 0 ? "" : "    q += yPixel;\n") + lines(vectors, (v) => `    v128.store(q, y${j}${v}${at(v)});`))
  .join("\n")}
    weight += ${bytes};
    bias += ${bytes};
    y += ${bytes};
  }
}
`;
}

function file(about, functions) {
  const head = `// Written by kernels/generate.mjs; edit that. ${about}\n\nimport { madd } from "./madd";\n`;
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
    "Four pixels of a depthwise convolution × channels.",
    [1, 2].flatMap((vectors) => windows.map(([kernel, stride]) => group(kernel, stride, vectors))),
  ),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(new URL(name, import.meta.url), text);
}
