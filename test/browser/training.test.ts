// Training in Chromium, from the packed package: the head is fitted, then the network learns, and Node reads what came of it.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel, fromPixels, writeSafetensors } from "#effnet/index.js";
import { initialize } from "#effnet/weights/initialize.js";
import { descriptionMetadata } from "#effnet/weights/metadata.js";
import { storedFrom } from "#effnet/weights/state-dict.js";
import { packed } from "../package/packed.ts";
import { toyNetwork } from "../training/toy.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { site } from "./site.ts";

const CLASSES = ["red", "green", "blue"];
const SIDE = 16; // pixels
const PICTURES = 36;

/** What the page does. The pictures are flat colours with noise that is no random number. */
const PAGE = `
import { createModel, fromPixels, toSafetensors } from "effnet";
import { Decoders, evaluationBatches, fromPictures, train, trainingBatches } from "effnet/training";

const classes = ${JSON.stringify(CLASSES)};
globalThis.pictures = (salt) => Array.from({ length: ${PICTURES} }, (_, n) => {
  const data = new Uint8Array(${SIDE * SIDE * 3});
  for (let i = 0; i < data.length; i++) data[i] = (i % 3 === n % 3 ? 160 : 60) + ((i * 7919 + n * 104729 + salt) % 64);
  return { label: classes[n % 3], source: fromPixels(data, ${SIDE}, ${SIDE}, 3) };
});
globalThis.fineTune = async () => {
  const weights = new Uint8Array(await (await fetch("toy.safetensors")).arrayBuffer());
  const model = await createModel({ weights });
  const decoders = await Decoders.start({ threads: 0 });
  const transform = model.transform();
  const dataset = fromPictures(pictures(1), classes);
  const held = fromPictures(pictures(2), classes, { name: "validation" });
  const data = {
    train: trainingBatches(dataset, transform, { batch: 12, decoders }),
    plain: evaluationBatches(dataset, transform, { batch: 12, decoders }),
    validation: evaluationBatches(held, transform, { batch: 12, decoders }),
  };
  const kinds = [];
  let top1 = 0;
  for await (const report of train(model, data, { epochs: 1, seed: 4 })) {
    kinds.push(report.kind);
    if (report.isBest) top1 = report.validation.top1;
  }
  const answer = await model.classify(pictures(3)[1].source, { topK: 1 });
  const bytes = [...await toSafetensors(model)];
  await model.dispose();
  return { kinds, top1, label: answer[0].label, bytes };
};
globalThis.isReady = true;
`;

declare global {
  var isReady: boolean | undefined;
  var fineTune: () => Promise<{ kinds: string[]; top1: number; label: string; bytes: number[] }>;
}

const executable = chromiumPath();

describe.skipIf(executable === undefined)("in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "effnet-training-page-"));
  let browser: Browser;

  beforeAll(async () => {
    symlinkSync(join(packed(), "node_modules"), join(folder, "node_modules"), "junction");
    mkdirSync(join(folder, "out"));
    await esbuild({
      stdin: { contents: PAGE, resolveDir: folder },
      bundle: true,
      format: "esm",
      outfile: join(folder, "out/main.js"),
      logLevel: "warning",
    });
    await esbuild({
      entryPoints: { "worker.browser": "effnet/worker.js" },
      absWorkingDir: folder,
      bundle: true,
      format: "esm",
      outdir: join(folder, "out"),
      logLevel: "warning",
    });
    writeFileSync(join(folder, "out/index.html"), `<!doctype html><script type="module" src="main.js"></script>`);
    writeFileSync(join(folder, "out/toy.safetensors"), toyWeights());
    browser = await launch(executable as string);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([true, false])("a page fine-tunes (cross-origin isolated: %s)", async (isIsolated) => {
    const served = await site([join(folder, "out")], { isIsolated });
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(served.url);
    await page.waitForFunction(() => globalThis.isReady);
    const { kinds, top1, label, bytes } = await page.evaluate(() => globalThis.fineTune());
    await page.close();
    await served.close();
    expect(problems).toEqual([]);
    expect(kinds).toEqual(["start", "head", "step", "step", "step", "epoch"]);
    expect(top1).toBe(1);
    expect(label).toBe("green");

    await using model = await createModel({ weights: Uint8Array.from(bytes), threads: 1 });
    expect(model.labels).toEqual(CLASSES);
    const data = new Uint8Array(SIDE * SIDE * 3).map((_, i) => (i % 3 === 2 ? 180 : 80));
    const [answer] = await model.classify(fromPixels(data, SIDE, SIDE, 3), { topK: 1 });
    expect(answer.label).toBe("blue");
  });
});

/** The toy network for colour pictures, untrained, as a file that says what it is. */
function toyWeights(): Uint8Array {
  const architecture = { ...toyNetwork, inChannels: 3 };
  const config = {
    inputSize: { channels: 3, height: SIDE, width: SIDE },
    interpolation: "bilinear",
    cropPct: 1,
    cropMode: "center",
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    classes: CLASSES.length,
  } as const;
  const metadata = descriptionMetadata({ architecture, config, labels: CLASSES });
  return writeSafetensors(storedFrom(initialize(architecture, 1, { scheme: "torch" })), { metadata });
}
