// The example page in Chromium, built from the packed package: the same answers as Node, whatever bundled it.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import type { Browser, Page } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel, decode, type Model, storedFrom, writeSafetensors } from "#effnet/index.js";
import { formulaEntry, formulaInput } from "../golden/formula.ts";
import { root } from "../package/packed.ts";
import { sources, withEsbuild, withVite, withWebpack } from "./bundles.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { type Site, site } from "./site.ts";

const MODEL = "efficientnet_b1_pruned";
const SHIPPED_BYTES = 200_000; // of JavaScript and wasm together, gzip: what the package promises a page
const JPEG_LEVELS = 3; // browsers decode JPEG with another inverse transform and chroma filter than libvips

const golden = JSON.parse(readFileSync(join(root, "test/golden/models/efficientnet_b1_pruned-97x131.json"), "utf8"));
const executable = chromiumPath();

declare global {
  // What the pages put there: the example its model, the probe the package's decoder.
  var model: Model;
  var effnet: { readonly decode: typeof decode };
}

describe.skipIf(executable === undefined)("in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "effnet-page-"));
  const shared = join(folder, "shared");
  let browser: Browser;
  let inNode: Model;

  beforeAll(async () => {
    mkdirSync(shared);
    const weights = await formulaWeights();
    inNode = await createModel(MODEL, { weights, threads: 1 });
    writeFileSync(join(shared, "weights.safetensors"), writeSafetensors(storedFrom(weights)));
    writeFileSync(join(shared, "input.bin"), formulaInput(golden.seed, golden.inputShape).data);
    await writePictures();
    const page = sources(folder);
    await withVite(page, join(folder, "vite"));
    await withEsbuild(page, join(folder, "esbuild"));
    await withWebpack(page, join(folder, "webpack"));
    await writeProbe(page);
    browser = await launch(executable as string);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await inNode?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const isIsolated of [true, false]) {
    const where = isIsolated ? "a cross-origin isolated page" : "a page without isolation headers";

    test(`${where} built with Vite gives the golden logits, those of Node`, async () => {
      await using opened = await open("vite", isIsolated);
      const { page } = opened;
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isIsolated);
      const shape: number[] = golden.inputShape;
      const logits = await page.evaluate(async (shape) => {
        const data = new Float32Array(await (await fetch("input.bin")).arrayBuffer());
        return [...(await globalThis.model.forward({ shape, data })).data];
      }, shape);

      const expected = (golden.logits_float64 as number[][]).flat();
      const ofNode = await inNode.forward(formulaInput(golden.seed, shape));
      const tolerance = 1e-4 * Math.max(...expected.map(Math.abs)); // float32 against float64, as for every backend
      expect(largestDifference(logits, expected)).toBeLessThanOrEqual(tolerance);
      expect(largestDifference(logits, ofNode.data)).toBeLessThanOrEqual(tolerance); // modes may differ: simd, relaxed
    });
  }

  test("the page built with Vite transfers at most 200 KB of JavaScript and wasm, gzip", async () => {
    await using opened = await open("vite", true);
    const scripts = [...opened.site.sent].filter(([path]) => /\.(js|wasm)$/.test(path));
    const bytes = scripts.reduce((sum, [, length]) => sum + length, 0);
    console.info(
      `transferred: ${scripts.map(([path, length]) => `${path} ${length}`).join(", ")}; together ${bytes} bytes`,
    );
    expect(scripts.length).toBeGreaterThan(1); // the page and its worker
    expect(bytes).toBeLessThanOrEqual(SHIPPED_BYTES);
  });

  for (const bundler of ["vite", "esbuild", "webpack"]) {
    test(`the page built with ${bundler} shows a dropped PNG with the classes and shares that Node finds`, async () => {
      await using opened = await open(bundler, true);
      const { page } = opened;
      await page.setInputFiles("#photo", join(shared, "rgb.png"));
      await page.locator("#classes li").nth(4).waitFor();
      const shown = await page.locator("#classes li").allInnerTexts();
      const found = await inNode.classify(join(shared, "rgb.png"), { topK: 5 });
      expect(shown.map((text) => text.replace(/\s+/g, " "))).toEqual(
        found.map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`),
      );
    });
  }

  test("the page says in words what is wrong with a file that is no picture, and takes the next one", async () => {
    await using opened = await open("vite", true);
    const { page } = opened;
    await page.setInputFiles("#photo", {
      name: "notes.png",
      mimeType: "image/png",
      buffer: Buffer.from("not a picture"),
    });
    await page.locator("#status.error").waitFor();
    expect(await page.locator("#status").textContent()).toMatch(/^notes\.png: /);
    await page.setInputFiles("#photo", join(shared, "rgb.png"));
    await page.locator("#classes li").nth(4).waitFor();
    expect(await page.locator("#status.error").count()).toBe(0);
  });

  test.each(["rgb.png", "gray.png", "palette.png", "alpha.png", "deep.png"])(
    "%s has the pixels that it has in Node",
    async (name) => {
      await using opened = await open("probe", false);
      const [there, here] = [await decodedIn(opened.page, name), await decodedHere(name)];
      expect(there.sides).toEqual(here.sides);
      expect(largestDifference(there.data, here.data)).toBe(0);
    },
  );

  test.each(["cat.jpg", "espresso.jpg", "rocket.jpg", "turned.jpg", "profile.jpg", "cmyk.jpg", "lossy.webp"])(
    "%s has the pixels that it has in Node within 3 levels",
    async (name) => {
      await using opened = await open("probe", false);
      const [there, here] = [await decodedIn(opened.page, name), await decodedHere(name)];
      expect(there.sides).toEqual(here.sides);
      expect(largestDifference(there.data, here.data)).toBeLessThanOrEqual(JPEG_LEVELS);
    },
  );

  /** A fresh page of one bundle, with its model loaded (the probe has none). */
  async function open(bundle: string, isIsolated: boolean): Promise<{ page: Page; site: Site } & AsyncDisposable> {
    const served = await site([join(folder, bundle), shared], { isIsolated });
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(`${served.url}?model=${MODEL}&weights=weights.safetensors`);
    const isReady = bundle === "probe" ? () => "effnet" in globalThis : () => "model" in globalThis;
    await page.waitForFunction(isReady).catch(async (error) => {
      const status = await page.locator("#status").allInnerTexts();
      throw new Error(`${bundle}: the page did not get ready: ${[...status, ...problems].join(" ")}`, { cause: error });
    });
    return {
      page,
      site: served,
      [Symbol.asyncDispose]: async () => {
        await page.close();
        await served.close();
      },
    };
  }

  async function formulaWeights(): Promise<Map<string, ReturnType<typeof formulaEntry>>> {
    const initialised = await createModel(MODEL, { seed: 0, threads: 1 });
    const weights = new Map<string, ReturnType<typeof formulaEntry>>();
    for (const [name, { shape }] of await initialised.stateDict()) {
      weights.set(name, formulaEntry(golden.seed, name, shape, golden.varianceExponents));
    }
    await initialised.dispose();
    return weights;
  }

  async function writePictures(): Promise<void> {
    for (const name of ["cat.jpg", "espresso.jpg", "rocket.jpg"])
      copyFileSync(join(root, "examples/pictures", name), join(shared, name));
    const cat = sharp(join(shared, "cat.jpg"));
    const write = (picture: Sharp, name: string) => picture.toFile(join(shared, name));
    await write(cat.clone().png(), "rgb.png");
    await write(cat.clone().greyscale().toColourspace("b-w").png(), "gray.png");
    await write(cat.clone().png({ palette: true, colours: 60 }), "palette.png");
    await write(cat.clone().ensureAlpha(0.25).png(), "alpha.png");
    await write(cat.clone().toColourspace("rgb16").png(), "deep.png");
    await write(cat.clone().withMetadata({ orientation: 6 }).jpeg(), "turned.jpg");
    await write(cat.clone().withIccProfile("p3").jpeg(), "profile.jpg");
    await write(cat.clone().toColourspace("cmyk").jpeg(), "cmyk.jpg");
    await write(cat.clone().webp(), "lossy.webp");
  }

  /** A page that holds the package's decoder. */
  async function writeProbe(page: string): Promise<void> {
    const contents = `import { decode } from "effnet"; globalThis.effnet = { decode };`;
    const outfile = join(folder, "probe/main.js");
    await esbuild({ stdin: { contents, resolveDir: page }, bundle: true, format: "esm", outfile, logLevel: "warning" });
    writeFileSync(join(folder, "probe/index.html"), `<!doctype html><script type="module" src="main.js"></script>`);
  }

  async function decodedIn(page: Page, name: string): Promise<{ sides: number[]; data: Uint8Array }> {
    const { sides, base64 } = await page.evaluate(async (name) => {
      const bytes = new Uint8Array(await (await fetch(name)).arrayBuffer());
      const { width, height, data } = await globalThis.effnet.decode(bytes, { name });
      let binary = "";
      for (const byte of data) binary += String.fromCharCode(byte);
      return { sides: [width, height], base64: btoa(binary) };
    }, name);
    return { sides, data: Buffer.from(base64, "base64") };
  }

  async function decodedHere(name: string): Promise<{ sides: number[]; data: ArrayLike<number> }> {
    const { width, height, data } = await decode(readFileSync(join(shared, name)), { name });
    return { sides: [width, height], data };
  }
});

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}
