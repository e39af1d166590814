// The browser of these tests: Debian's Chromium, or the one that CHROMIUM names.

import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Path of the browser; undefined, with the reason printed, where there is none. */
export function chromiumPath(): string | undefined {
  const name = process.env["CHROMIUM"] ?? "chromium";
  const folders = isAbsolute(name) ? [""] : (process.env["PATH"] ?? "").split(delimiter);
  const path = folders.map((folder) => join(folder, name)).find(existsSync);
  if (path === undefined) console.warn(`skipped: no ${name} on the PATH (Debian: apt-get install chromium)`);
  return path;
}

/** Starts it without a window. Its sandbox needs rights that containers lack; only our own pages are opened. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
