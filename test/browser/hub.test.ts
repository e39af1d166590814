// Weights by name in Chromium, from the packed package and a hub on this machine: cached by the browser, offline afterwards.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/index.js";
import { storedFrom, writeSafetensors } from "#effnet/index.js";
import { initialize } from "#effnet/weights/initialize.js";
import { packed } from "../package/packed.ts";
import { COMMIT, hubServer } from "../weights/hub-server.ts";
import { chromiumPath, launch } from "./chromium.ts";
import { type Site, site } from "./site.ts";

const NAME = "test_efficientnet";
const ID = "timm/test_efficientnet.r160_in1k";
const state = initialize(architectureOf(NAME), 1, { scheme: "timm" });
const weights = writeSafetensors(storedFrom(state), { metadata: new Map([["format", "pt"]]) });
const config = JSON.stringify({ architecture: NAME, num_classes: 1000, pretrained_cfg: {} });

const PAGE = `
import { createModel } from "effnet";
globalThis.openModel = async (name, weights, hub) => {
  let bytes = 0;
  const warnings = [];
  const onProgress = ({ stage, done }) => { if (stage === "download") bytes = Math.max(bytes, done); };
  try {
    const model = await createModel(name, { weights, hub, onProgress, onWarning: (line) => warnings.push(line) });
    const first = (await model.stateDict()).get("conv_stem.weight").data[0];
    const { labels, tag } = model;
    await model.dispose();
    return { first, label: labels[0], tag, bytes, warnings };
  } catch (error) {
    return { error: error.message, code: error.code };
  }
};
globalThis.isReady = true;
`;

interface Opened {
  readonly first?: number;
  readonly label?: string;
  readonly tag?: string | null;
  readonly bytes?: number;
  readonly warnings?: string[];
  readonly error?: string;
  readonly code?: string;
}

declare global {
  var isReady: boolean | undefined;
  var openModel: (name: string, weights: string | undefined, hub: object) => Promise<Opened>;
}

const executable = chromiumPath();
const hub = await hubServer();

describe.skipIf(executable === undefined)("in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "effnet-hub-page-"));
  let browser: Browser;
  let served: Site;
  let page: Page;

  beforeAll(async () => {
    symlinkSync(join(packed(), "node_modules"), join(folder, "node_modules"), "junction");
    mkdirSync(join(folder, "out"));
    const common = { bundle: true, format: "esm", logLevel: "warning" } as const;
    await esbuild({ ...common, stdin: { contents: PAGE, resolveDir: folder }, outfile: join(folder, "out/main.js") });
    await esbuild({
      ...common,
      entryPoints: { "worker.browser": "effnet/worker.js" },
      absWorkingDir: folder,
      outdir: join(folder, "out"),
    });
    writeFileSync(join(folder, "out/index.html"), `<!doctype html><script type="module" src="main.js"></script>`);
    browser = await launch(executable as string);
    served = await site([join(folder, "out")], { isIsolated: false });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    hub.asked.length = 0;
    hub.troubles.length = 0;
    hub.repositories.set(ID, { commit: COMMIT, files: { "model.safetensors": weights, "config.json": config } });
    page = await (await browser.newContext()).newPage();
    await page.goto(served.url);
    await page.waitForFunction(() => globalThis.isReady);
  });

  const open = (name: string = NAME, weights: string | undefined = "pretrained", more: object = {}): Promise<Opened> =>
    page.evaluate(([name, weights, hub]) => globalThis.openModel(name, weights, hub), [
      name,
      weights,
      { endpoint: hub.url, ...more },
    ] as const);

  test("a name's weights come once, are checked, and answer offline from the browser's cache", async () => {
    const first = state.get("conv_stem.weight")?.data[0];
    const expected = { first, label: "tench", tag: "r160_in1k", bytes: weights.length, warnings: [] };
    expect(await open()).toEqual(expected);
    const gets = hub.count("GET", "hub", /resolve/);
    await page.reload();
    await page.waitForFunction(() => globalThis.isReady);
    expect(await open()).toEqual({ ...expected, bytes: 0 });
    expect(hub.count("GET", "hub", /resolve/)).toBe(gets);
    expect(await open(NAME, "pretrained", { offline: true })).toEqual({ ...expected, bytes: 0 });
    hub.troubles.push({ status: 500, headers: { "access-control-allow-origin": "*" } });
    expect((await open()).warnings).toEqual([expect.stringMatching(/The cached copy is taken\.$/)]);
  });

  test("a repository's name brings its network; a cut connection goes on; wrong bytes are refused", async () => {
    hub.troubles.push({ path: /^store/, cutAfter: 500_000 });
    expect(await open(`hf-hub:${ID}`, undefined)).toMatchObject({ label: "tench", tag: null });
    expect(hub.asked.filter(({ at }) => at === "store").map(({ headers }) => headers.range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
    hub.repositories.set("me/net", {
      commit: "e".repeat(40),
      files: { "model.safetensors": weights, "config.json": config },
    });
    hub.troubles.push({ path: /^store/, wrongFrom: 1000 });
    expect(await open("hf-hub:me/net", undefined)).toMatchObject({
      code: "hub",
      error: expect.stringMatching(/expected sha256/),
    });
  });

  test("what a page cannot do is said in words", async () => {
    expect(await open("local-dir:here", undefined)).toMatchObject({ code: "unsupported" });
    expect(await open("hf-hub:me/none", undefined)).toMatchObject({ code: "hub" });
    expect(await open(NAME, "pretrained", { offline: true })).toMatchObject({
      error: expect.stringMatching(/offline is set/),
    });
  });
});
