// ONNX in a page: exported files in onnxruntime-web, and the onnx backend over it.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "#effnet/index.js";
import { difference } from "../backend/compare.ts";
import { goldenModel } from "../backend/golden-models.ts";
import { goldenFile } from "../backend/onnx/golden-files.ts";
import { toNchw } from "../backend/onnx/runtime.ts";
import { formulaInput } from "../golden/formula.ts";
import { packed, root } from "../package/packed.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { type Site, site } from "./site.ts";

const RUNTIME = join(root, "node_modules/onnxruntime-web/dist");
const SCRIPT = "ort.wasm.bundle.min.mjs"; // the processor's build, the smallest
const executable = chromiumPath();
const isHere = existsSync(join(RUNTIME, SCRIPT));
if (!isHere) console.warn("skipped: onnxruntime-web is not installed (npm install onnxruntime-web)");

interface Answer {
  readonly shape: number[];
  readonly data: number[];
}

declare global {
  // What the page puts there.
  var onnxPage: {
    /** Runs a file of the site on an input of the site. */
    file(name: string, shape: number[]): Promise<Answer>;
    /** Runs a model on the backend onnx, or gives its error's message. */
    model(runtimeUrl: string | undefined, side: number): Promise<Answer | string>;
  };
}

const PAGE = `
import { createModel } from "effnet";
const floats = async (name) => new Float32Array(await (await fetch(name)).arrayBuffer());
globalThis.onnxPage = {
  async file(name, shape) {
    const ort = await import(new URL("${SCRIPT}", location.href).href);
    const session = await ort.InferenceSession.create(name);
    const { logits } = await session.run({ input: new ort.Tensor("float32", await floats("nchw.bin"), shape) });
    return { shape: [...logits.dims], data: [...logits.data] };
  },
  async model(runtimeUrl, side) {
    try {
      const options = { seed: 1, backend: "onnx", ...(runtimeUrl === undefined ? {} : { onnx: { runtimeUrl } }) };
      const model = await createModel("test_efficientnet", options);
      const { shape, data } = await model.forward({ shape: [2, side, side, 3], data: await floats("nhwc.bin") });
      await model.dispose();
      return { shape: [...shape], data: [...data] };
    } catch (error) {
      return error.message;
    }
  },
};`;

describe.skipIf(executable === undefined || !isHere)("in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "effnet-onnx-page-"));
  const golden = goldenModel("efficientnet_b1_pruned-97x131");
  const SIDE = 33;
  const small = formulaInput(4, [2, SIDE, SIDE, 3]);
  const { shape } = toNchw(golden.input);
  let browser: Browser;
  let served: Site;
  let page: Page;

  beforeAll(async () => {
    const out = join(folder, "page");
    mkdirSync(out);
    writeFileSync(join(out, "index.html"), `<!doctype html><script type="module" src="main.js"></script>`);
    writeFileSync(join(out, "plain.onnx"), await goldenFile(golden, { align: "none", inputSize: "any" }));
    writeFileSync(join(out, "aligned.onnx"), await goldenFile(golden, { align: 8 }));
    writeFileSync(join(out, "nchw.bin"), toNchw(golden.input).data);
    writeFileSync(join(out, "nhwc.bin"), small.data);
    writeFileSync(join(folder, "main.js"), PAGE);
    await build({
      entryPoints: { main: join(folder, "main.js"), "onnx-worker.browser": "effnet/onnx-worker.js" },
      absWorkingDir: packed(),
      nodePaths: [join(packed(), "node_modules")],
      bundle: true,
      format: "esm",
      outdir: out,
      logLevel: "warning",
    });
    browser = await launch(executable as string);
    served = await site([out, RUNTIME], { isIsolated: true });
    page = await browser.newPage();
    await page.goto(served.url);
    await page.waitForFunction(() => "onnxPage" in globalThis);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(["plain.onnx", "aligned.onnx"])("%s gives the golden logits in onnxruntime-web", async (name) => {
    const got = await page.evaluate(([name, shape]) => globalThis.onnxPage.file(name, shape), [name, shape] as const);
    const logits = { shape: got.shape, data: Float32Array.from(got.data) };
    expect(difference(logits, golden.logits, { relative: 1e-4 })).toBeNull(); // float32, as for every backend
  });

  test("backend onnx over onnxruntime-web gives the logits of Node", async () => {
    const url = SCRIPT;
    const got = await page.evaluate(([url, side]) => globalThis.onnxPage.model(url, side), [url, SIDE] as const);
    if (typeof got === "string") throw new Error(got);
    const model = await createModel("test_efficientnet", { seed: 1, backend: "reference" });
    const expected = await model.forward(small);
    await model.dispose();
    const logits = { shape: got.shape, data: Float32Array.from(got.data) };
    expect(difference(logits, expected, { relative: 1e-4 })).toBeNull();
  });

  test("without the address of onnxruntime-web the error says how to have it", async () => {
    const told = await page.evaluate((side) => globalThis.onnxPage.model(undefined, side), SIDE);
    expect(told).toMatch(/onnxruntime is not installed.*npm install onnxruntime-web.*onnx\.runtimeUrl/);
    const wrong = await page.evaluate((side) => globalThis.onnxPage.model("nowhere.mjs", side), SIDE);
    expect(wrong).toMatch(/onnxruntime does not start here.*Use backend "wasm"/);
  });
});
