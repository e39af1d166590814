// On a terminal: a bar when the work is longer than a second, colours, and nothing left behind.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, pictures, scratch, shell } from "./effnet.ts";

const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
const cat = join(pictures, "cat.jpg");
if (!hasScript) console.warn("skipped: no `script` of util-linux, which gives a program a terminal");

/** Runs `effnet` with a terminal for both streams; what it showed. */
async function onTerminal(args: string, env: Readonly<Record<string, string>> = {}, after = ""): Promise<string> {
  const line = `stty cols 100; ${process.execPath} ${command} ${args}${after}`;
  const { stdout } = await shell(`script -qec '${line}' /dev/null < /dev/null`, { env, cwd: scratch() });
  return stdout;
}

// Some seconds of work on the fastest of machines: 80 thousand million multiply-adds on one thread.
const many = `classify ${Array.from({ length: 200 }, () => cat).join(" ")} --model efficientnet_b0 --seed 1 --threads 1 --top-k 1`;

test.skipIf(!hasScript)("work longer than a second draws a bar, which is taken away again", async () => {
  const shown = await onTerminal(`${many} --out a.csv`);
  expect(shown).toMatch(/pictures ━+─+ \d+ of 200 pictures · \d+\/s · about .* left/);
  const last = shown.trimEnd().split("\n").at(-1) ?? "";
  expect(last.split("\x1b[2K").at(-1)).toMatch(/^200 pictures · /);
});

test.skipIf(!hasScript)("--quiet draws none", async () => {
  expect(await onTerminal(`${many} --out a.csv --quiet`)).not.toMatch(/━|pictures\/s/);
});

test.skipIf(!hasScript)("results are coloured; NO_COLOR and TERM=dumb take the colours away", async () => {
  expect(await onTerminal("list", { TERM: "xterm" })).toContain("\x1b[2m");
  expect(await onTerminal("list", { TERM: "xterm", NO_COLOR: "1" })).not.toContain("\x1b");
  expect(await onTerminal("list", { TERM: "dumb" })).not.toContain("\x1b");
});
