import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileError } from "#effnet/errors.js";
import { decode } from "#effnet/image/decode.node.js";
import { readPng } from "#effnet/image/read-png.js";
import { goldenPng, sha256, transforms } from "./golden.ts";
import { chunk, header, makePng } from "./png-maker.ts";

const kinds = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ color: 0, depth, name: "gray" })),
  ...[8, 16].map((depth) => ({ color: 2, depth, name: "RGB" })),
  ...[1, 2, 4, 8].map((depth) => ({ color: 3, depth, name: "palette" })),
  ...[8, 16].map((depth) => ({ color: 4, depth, name: "gray and alpha" })),
  ...[8, 16].map((depth) => ({ color: 6, depth, name: "RGBA" })),
];

describe("a page's PNG reader gives the pixels that sharp gives in Node", () => {
  test.each(kinds)("$name of $depth bits, all filters, interlaced or not, sides around 8", async ({ color, depth }) => {
    for (const isInterlaced of [false, true]) {
      for (const [width, height] of [
        [1, 1],
        [3, 2],
        [5, 9],
        [8, 8],
        [17, 13],
      ]) {
        const file = makePng({ width, height, depth, color, isInterlaced, seed: width });
        expect(await readPng(file, "x.png")).toEqual(await decode(file, { name: "x.png" }));
      }
    }
  });

  test.each(transforms.filter(({ png }) => png !== null && ["06.png", "10.png", "14.png"].includes(png)))(
    "golden crop $png",
    async ({ png, sha256: expected }) => {
      expect(sha256((await readPng(goldenPng(png as string), png as string)).data)).toBe(expected);
    },
  );

  test("tRNS, gamma and profiles change no colour", async () => {
    const plain = { width: 6, height: 5, depth: 8, color: 2 };
    const expected = await readPng(makePng(plain), "x.png");
    const extra = [
      chunk("gAMA", Uint8Array.of(0, 0, 0x40, 0)),
      chunk("tRNS", Uint8Array.of(0, expected.data[0], 0, expected.data[1], 0, expected.data[2])),
    ];
    expect(await readPng(makePng({ ...plain, extra }), "x.png")).toEqual(expected);
  });

  test("16-bit gray is clipped at 255: 127 stays, 258 is white", async () => {
    const filtered = Uint8Array.of(0, 0, 127, 1, 2);
    const file = makePng({ width: 2, height: 1, depth: 16, color: 0, filtered });
    expect([...(await readPng(file, "x.png")).data]).toEqual([127, 127, 127, 255, 255, 255]);
  });

  test("a palette index beyond the palette is black", async () => {
    const file = Buffer.concat([
      makePng({ width: 1, height: 1, depth: 8, color: 0 }).subarray(0, 8),
      header({ width: 2, height: 1, depth: 8, color: 3 }),
      chunk("PLTE", Uint8Array.of(9, 8, 7)),
      chunk("IDAT", deflateSync(Uint8Array.of(0, 0, 5))),
      chunk("IEND", new Uint8Array(0)),
    ]);
    const read = await readPng(file, "x.png");
    expect([...read.data]).toEqual([9, 8, 7, 0, 0, 0]);
    expect(read).toEqual(await decode(file, { name: "x.png" }));
  });
});

describe("a broken PNG is refused in one line that names the file and the trick", () => {
  const whole = makePng({ width: 40, height: 30, depth: 8, color: 2 });
  const signature = whole.subarray(0, 8);
  const idat = chunk("IDAT", deflateSync(new Uint8Array(4)));
  const end = chunk("IEND", new Uint8Array(0));
  const withHeader = (spec: { width: number; height: number; depth: number; color: number }, ...rest: Uint8Array[]) =>
    Buffer.concat([signature, header(spec), ...rest, idat, end]);
  const flipped = (file: Uint8Array, at: number) => file.with(at, file[at] ^ 1);
  const gray = { width: 2, height: 1, depth: 8, color: 0 };
  const wrongAdler = deflateSync(Uint8Array.of(0, 1, 2));
  wrongAdler[wrongAdler.length - 1] ^= 1;

  test.each([
    ["cut in the pixels", whole.subarray(0, 2000), 'chunk "IDAT" ends beyond the file'],
    ["cut before the pixels", whole.subarray(0, 33), "0 bytes cannot hold its pixels"],
    ["only a signature", signature, "no header"],
    ["wrong checksum of the pixels", flipped(whole, 100), 'wrong checksum of chunk "IDAT"'],
    ["wrong checksum of the header", flipped(whole, 19), 'wrong checksum of chunk "IHDR"'],
    ["wrong checksum within the zlib stream", Buffer.concat([signature, header(gray), chunk("IDAT", wrongAdler)]), ""],
    ["no zlib stream", Buffer.concat([signature, header(gray), chunk("IDAT", new Uint8Array(9))]), ""],
    ["fewer rows than promised", withHeader({ width: 3, height: 9, depth: 8, color: 0 }), "4 of 36 bytes of pixels"],
    ["zero width", withHeader({ ...gray, width: 0 }), "0×1 pixels"],
    ["RGB of 4 bits", withHeader({ ...gray, color: 2, depth: 4 }), "color type 2, depth 4, interlace 0"],
    ["color type 5", withHeader({ ...gray, color: 5 }), "color type 5, depth 8, interlace 0"],
    ["palette missing", withHeader({ ...gray, color: 3 }), "no palette"],
    ["row filter 9", makePng({ ...gray, filtered: Uint8Array.of(9, 1, 2) }), "row filter 9"],
    ["pixels first", Buffer.concat([signature, idat, header(gray), end]), "no header"],
    [
      "13,000 × 13,000 pixels in 20 bytes",
      withHeader({ ...gray, width: 13_000, height: 13_000 }),
      "12 bytes cannot hold its pixels",
    ],
  ])("%s", async (_, file, reason) => {
    const error = await readPng(file, "photos/x.png").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    const { message } = error as FileError;
    expect(message).toMatch(/^photos\/x\.png: the PNG data is broken or cut off.*\. Fetch or export it again\.$/);
    expect(message).toContain(reason);
  });

  test("20,000 × 20,000 pixels are too many, whatever follows", async () => {
    await expect(readPng(withHeader({ ...gray, width: 20_000, height: 20_000 }), "x.png")).rejects.toThrow(
      "x.png: the picture is too large: expected at most 178956970 pixels and 1048576 a side, got 20000×20000. Scale it down first.",
    );
  });

  test("any bytes changed or cut give a picture of the header's size or a FileError", async () => {
    const files = kinds.map((kind) => makePng({ ...kind, width: 9, height: 7, isInterlaced: kind.depth === 8 }));
    const change = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 3 }),
        fc.nat(400),
        async (file, edits, cut) => {
          const bytes = Uint8Array.from(file).subarray(0, Math.max(file.length - cut, 8));
          for (const { at, byte } of edits) bytes[8 + Math.floor(at * (bytes.length - 8))] = byte;
          try {
            const { width, height, data } = await readPng(bytes, "x.png");
            expect(data.length).toBe(width * height * 3);
          } catch (error) {
            expect(error).toBeInstanceOf(FileError);
          }
        },
      ),
      { seed: 4, numRuns: 1500 },
    );
  });
});
