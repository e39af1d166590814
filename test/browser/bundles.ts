// The example page, built from the packed package as users of three bundlers would build it, without special settings.

import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as vite } from "vite";
import webpack from "webpack";
import { packed, root } from "../package/packed.ts";

/** What the bundled page consists of besides the bundle, for the tools that do not read index.html. */
const STATIC = ["index.html", "style.css"];

/** Copies the example page to `folder`, beside the packed package. @returns the page's folder */
export function sources(folder: string): string {
  cpSync(join(root, "examples/page"), join(folder, "page"), { recursive: true });
  symlinkSync(join(packed(), "node_modules"), join(folder, "node_modules"), "junction");
  return join(folder, "page");
}

export async function withVite(page: string, out: string): Promise<void> {
  await vite({ root: page, configFile: false, logLevel: "warn", build: { outDir: out, emptyOutDir: false } });
}

/** esbuild leaves `new URL("./worker.browser.js", import.meta.url)` alone: the worker is a second entry beside the page's. */
export async function withEsbuild(page: string, out: string): Promise<void> {
  copyStatic(page, out);
  await esbuild({
    entryPoints: { main: join(page, "main.js"), "worker.browser": "effnet/worker.js" },
    absWorkingDir: page,
    bundle: true,
    minify: true,
    format: "esm",
    outdir: out,
    logLevel: "warning",
  });
}

export async function withWebpack(page: string, out: string): Promise<void> {
  copyStatic(page, out);
  const compiler = webpack({
    mode: "production",
    context: page,
    entry: "./main.js",
    output: { path: out, filename: "main.js" },
    performance: false,
  });
  await new Promise<void>((built, failed) => {
    compiler.run((error, stats) => {
      if (error || stats?.hasErrors()) failed(error ?? new Error(stats?.toString("errors-only")));
      else compiler.close(() => built());
    });
  });
}

function copyStatic(page: string, out: string): void {
  mkdirSync(out, { recursive: true });
  for (const name of STATIC) cpSync(join(page, name), join(out, name));
}
