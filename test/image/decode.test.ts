import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileError } from "#effnet/errors.js";
import { decode } from "#effnet/image/decode.node.js";
import type { Picture } from "#effnet/image/picture.js";
import { goldenPng, hasPhotos, photo, sha256, transforms } from "./golden.ts";
import { chunk, header, makePng } from "./png-maker.ts";

const photosAreHere = hasPhotos();
const withPhotos = test.skipIf(!photosAreHere);

const REFUSED: Record<string, string> = {
  "plain.bmp": "BMP files are not read. Convert it to PNG.",
  "truncated.jpg":
    "the JPEG data is broken or cut off (VipsJpeg: premature end of JPEG image). Fetch or export it again.",
  "truncated.png": "the PNG data is broken or cut off (vipspng: libpng read error). Fetch or export it again.",
  "text.jpg": "not a JPEG, PNG, WebP, GIF, TIFF or AVIF file. Convert it to PNG or JPEG.",
  "empty.jpg": "the file is empty. Fetch or export it again.",
};

describe("everyday pictures (needs ../shared/photos)", () => {
  const files = photosAreHere
    ? Object.keys(JSON.parse(new TextDecoder().decode(photo("samples/samples.json"))).files)
    : [];
  const accepted = files.filter((file) => !(file in REFUSED));
  const golden = new Map(transforms.map(({ file, decoded }) => [file, decoded]));

  withPhotos.each(accepted)("%s decodes to Pillow's pixels", async (file) => {
    const decoded = await decode(photo(`samples/${file}`), { name: file });
    if (file === "palette-transparent.gif") return; // has a test of its own below
    const expected = golden.get(`samples/${file}`);
    expect([decoded.width, decoded.height]).toEqual(expected?.size);
    expect(sha256(decoded.data)).toBe(expected?.sha256);
  });

  withPhotos.each(Object.entries(REFUSED))("%s is refused: %s", async (file, message) => {
    const error = await decode(photo(`samples/${file}`), { name: `photos/${file}` }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    expect((error as FileError).message).toBe(`photos/${file}: ${message}`);
    expect((error as FileError).file).toBe(`photos/${file}`);
  });

  withPhotos("every file of the collection is asked", () => {
    expect(files.length).toBe(34);
    expect(Object.keys(REFUSED).filter((file) => !files.includes(file))).toEqual([]);
  });

  withPhotos("a GIF's transparent pixels are black, all others are Pillow's", async () => {
    // The picture is palette.gif's with index 7 transparent; Pillow keeps that index's colour.
    const opaque = await decode(photo("samples/palette.gif"), { name: "palette.gif" });
    const transparent = await decode(photo("samples/palette-transparent.gif"), { name: "palette-transparent.gif" });
    const differing = pixelsThatDiffer(transparent, opaque);
    expect(differing.length).toBe(545);
    expect(differing.every((at) => transparent.data.subarray(at, at + 3).every((byte) => byte === 0))).toBe(true);
    const colors = new Set(differing.map((at) => opaque.data.subarray(at, at + 3).join()));
    expect(colors.size).toBe(1);
  });

  withPhotos("16-bit gray is clipped at 255 as Pillow does, not scaled", async () => {
    const file = "samples/gray-16bit.png";
    const [scaled, decoded] = [
      golden.get(file) as { sha256HighByte?: string },
      await decode(photo(file), { name: file }),
    ];
    expect(sha256(decoded.data)).not.toBe(scaled.sha256HighByte);
    const high = await sharp(photo(file), { ignoreIcc: true }).toColourspace("srgb").raw().toBuffer();
    expect(sha256(high)).toBe(scaled.sha256HighByte);
    expect(decoded.data.filter((byte) => byte === 255).length).toBeGreaterThan(0.99 * decoded.data.length);
  });

  withPhotos("EXIF orientation is ignored unless asked for", async () => {
    const file = "samples/exif-orientation-6.jpg";
    const stored = await decode(photo(file), { name: file });
    const upright = await decode(photo(file), { name: file, exif: true });
    expect([stored.width, stored.height]).toEqual([300, 451]);
    expect([upright.width, upright.height]).toEqual([451, 300]);
    // A quarter clockwise: the stored bottom left corner comes to the top left.
    const corner = 450 * 300 * 3;
    expect([...upright.data.subarray(0, 3)]).toEqual([...stored.data.subarray(corner, corner + 3)]);
  });
});

test("an opaque and a half transparent pixel keep their colours", async () => {
  const file = makePng({
    width: 2,
    height: 1,
    depth: 8,
    color: 6,
    filtered: Uint8Array.of(0, 10, 20, 30, 0, 1, 2, 3, 128),
  });
  expect([...(await decode(file, { name: "x.png" })).data]).toEqual([10, 20, 30, 1, 2, 3]);
});

test("16-bit gray is clipped with a transparent gray level too; with an alpha channel it is Pillow's high byte", async () => {
  const gray = { width: 2, height: 1, depth: 16, color: 0, filtered: Uint8Array.of(0, 0, 127, 1, 2) };
  const clipped = [127, 127, 127, 255, 255, 255];
  expect([...(await decode(makePng(gray), { name: "x.png" })).data]).toEqual(clipped);
  const extra = [chunk("tRNS", Uint8Array.of(1, 2))];
  expect([...(await decode(makePng({ ...gray, extra }), { name: "x.png" })).data]).toEqual(clipped);
  const alpha = { ...gray, width: 1, color: 4, filtered: Uint8Array.of(0, 200, 127, 1, 2) };
  expect([...(await decode(makePng(alpha), { name: "x.png" })).data]).toEqual([200, 200, 200]);
});

test("a TIFF is turned by its orientation tag, as Pillow does", async () => {
  const file = await sharp(goldenPng("14.png")).withMetadata({ orientation: 6 }).tiff().toBuffer();
  const decoded = await decode(file, { name: "x.tiff" });
  expect([decoded.width, decoded.height]).toEqual([193, 257]);
});

test("HEIC and SVG are refused with what to do; sharp is not asked", async () => {
  const heic = new TextEncoder().encode("\0\0\0\x18ftypheic\0\0\0\0");
  await expect(decode(heic, { name: "a.heic" })).rejects.toThrow(
    "a.heic: HEIC files are not read. Convert it to JPEG.",
  );
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"/>');
  await expect(decode(svg, { name: "a.svg" })).rejects.toThrow("a.svg: not a JPEG, PNG, WebP, GIF, TIFF or AVIF file");
});

test.each([
  [20_000, 20_000],
  [2_000_000, 1],
])("%i×%i pixels are refused before anything is allocated for them", async (width, height) => {
  const spec = { width, height, depth: 8, color: 2 };
  const whole = makePng({ ...spec, width: 1, height: 1 });
  const file = Buffer.concat([whole.subarray(0, 8), header(spec), whole.subarray(33)]);
  const before = process.memoryUsage().arrayBuffers;
  await expect(decode(file, { name: "big.png" })).rejects.toThrow(
    `big.png: the picture is too large: expected at most 178956970 pixels and 1048576 a side, got ${width}×${height}.`,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
});

test("any bytes changed or cut give a picture or a FileError of one line", async () => {
  const source = sharp(goldenPng("06.png")).extract({ left: 60, top: 60, width: 24, height: 16 });
  const files = await Promise.all([
    source.clone().jpeg().toBuffer(),
    source.clone().jpeg({ progressive: true }).toBuffer(),
    source.clone().png().toBuffer(),
    source.clone().webp().toBuffer(),
    source.clone().gif().toBuffer(),
    source.clone().tiff().toBuffer(),
  ]);
  const change = fc.record({ at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { maxLength: 4 }),
      fc.nat(300),
      async (file, edits, cut) => {
        const bytes = Uint8Array.from(file).subarray(0, Math.max(file.length - cut, 1));
        for (const { at, byte } of edits) bytes[Math.floor(at * bytes.length)] = byte;
        try {
          const { width, height, data } = await decode(bytes, { name: "x" });
          expect(data.length).toBe(width * height * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
          expect((error as FileError).message).toMatch(/^x: [^\n]+\.$/);
        }
      },
    ),
    { seed: 6, numRuns: 400 },
  );
});

test("an aborted signal ends decoding with its reason", async () => {
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  await expect(decode(goldenPng("06.png"), { name: "x", signal: aborted })).rejects.toBe(reason);
  const later = new AbortController();
  const pending = decode(goldenPng("06.png"), { name: "x", signal: later.signal });
  later.abort(reason);
  await expect(pending).rejects.toBe(reason);
});

test("the decoded bytes are a plain Uint8Array, and the file's bytes are left alone", async () => {
  const bytes = Uint8Array.from(goldenPng("10.png"));
  const before = sha256(bytes);
  const decoded = await decode(bytes, { name: "x" });
  expect(Object.getPrototypeOf(decoded.data)).toBe(Uint8Array.prototype);
  expect(sha256(bytes)).toBe(before);
});

describe("where sharp is not installed", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "effnet-without-sharp-")));
  const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

  // The built room alone, in a folder without node_modules above it.
  beforeAll(() => {
    cpSync(join(dist, "image"), join(folder, "image"), { recursive: true });
    for (const file of readdirSync(dist).filter((name) => name.endsWith(".js")))
      cpSync(join(dist, file), join(folder, file));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = async (script: string) => {
    const child = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
    return child.stdout.trim();
  };

  test("an encoded picture gives a line that says what to install", async () => {
    const script = `
      const { decode } = await import("./image/decode.node.js");
      await decode(Uint8Array.of(0xff, 0xd8, 0xff), { name: "cat.jpg" }).catch((e) => console.log(e.code, e.message));`;
    expect(await run(script)).toBe(
      "unsupported cat.jpg: decoding a picture file needs sharp, which is missing or does not load here. " +
        "Run: npm install sharp. Decoded pictures (RGB bytes) work without it.",
    );
  });

  test("decoded pictures still become the network's input", async () => {
    const script = `
      const { fromPixels } = await import("./image/picture.js");
      const { crop, transformFor } = await import("./image/preprocess.js");
      const { normalize } = await import("./image/normalize.js");
      const transform = transformFor({});
      const cropped = crop(fromPixels(new Uint8Array(300 * 200 * 4).fill(128), 300, 200, 4), transform);
      const { shape, data } = normalize([cropped], transform.mean, transform.std);
      console.log(shape.join(), data[1]);`;
    expect(await run(script)).toBe("1,224,224,3 0.20518219470977783");
  });
});

/** Byte positions of the pixels in which two pictures of one size differ. */
function pixelsThatDiffer(a: Picture, b: Picture): number[] {
  const at: number[] = [];
  for (let p = 0; p < a.data.length; p += 3) {
    if (a.data[p] !== b.data[p] || a.data[p + 1] !== b.data[p + 1] || a.data[p + 2] !== b.data[p + 2]) at.push(p);
  }
  return at;
}
