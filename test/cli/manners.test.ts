// How the command line behaves whatever it is asked: exit codes, streams, colours, one line for a mistake.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bin, effnet, pictures, scratch, shell, TINY } from "./effnet.ts";

const cat = join(pictures, "cat.jpg");
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("wrong usage is one line that says what to do, and exit code 2", () => {
  const wrong: [args: string[], line: RegExp][] = [
    [["clasify"], /unknown command 'clasify'.*classify/s],
    [["classify"], /missing required argument 'paths'\. Run effnet COMMAND --help/],
    [["list", "a", "b"], /too many arguments/],
    [["info", "hf-hub:efficientnet_b0"], /expected hf-hub:owner\/name/],
    [["classify", cat, "--topk", "3"], /unknown option '--topk'.*--top-k/s],
    [["classify", cat, ...TINY, "--top-k", "0"], /--top-k.*Expected a whole number/],
    [["classify", cat, ...TINY, "--threads", "many"], /--threads.*Expected a whole number from 1 to 256/],
    [["classify", cat, ...TINY, "--crop-pct", "-1"], /--crop-pct.*Expected a number/],
    [["classify", cat, ...TINY, "--crop-mode", "middle"], /--crop-mode.*center, squash, border/],
    [["classify", cat, ...TINY, "--input-size", "big"], /--input-size.*Expected pixels/],
    [["classify", cat, ...TINY, "--backend", "gpu"], /--backend.*wasm, reference/],
    [["classify", cat, ...TINY, "--providers", "cuda"], /--providers: expected --backend onnx with it, got wasm/],
    [["classify", cat, "--model", "efficientnet_b77", "--seed", "1"], /efficientnet_b7/],
    [["classify", cat, ...TINY, "--out", "no/such/folder/out.json"], /--out: .*its folder does not exist/],
    [["info", "efficientnet_c0"], /efficientnet_.0/],
    [["info", "mobilenetv3_large_100"], /mobilenetv3_large_100/],
    [["info", "efficientnet_cc_b0_4e"], /CondConv/],
    [["scale"], /expected one of --phi, --macs, --params/],
    [["scale", "--phi", "1", "--macs", "1G"], /expected one of/],
    [["scale", "--macs", "lots"], /--macs.*Expected a count/],
    [["convert", "a.pth", "b.onnx"], /\.safetensors/],
  ];
  for (const [args, line] of wrong) {
    test(`effnet ${args.map((arg) => (arg === cat ? "cat.jpg" : arg)).join(" ")}`, async () => {
      const { status, stdout, stderr } = await effnet(args, { cwd: scratch() });
      expect(stderr).toMatch(line);
      expect(stderr).toMatch(/^effnet: /);
      expect(stderr).not.toMatch(/\n {4}at /);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stdout).toBe("");
      expect(status).toBe(2);
    });
  }
});

describe("weights that cannot be had are one line and exit code 3", () => {
  const lacking: [args: string[], line: RegExp][] = [
    [["classify", cat, "--model", "efficientnet_b0"], /timm\/efficientnet_b0\.ra_in1k/],
    [
      ["classify", cat, "--model", "efficientnet_b0", "--weights", "nowhere.safetensors"],
      /nowhere.safetensors: no such file/,
    ],
    [["classify", cat, "--model", "efficientnet_b0", "--weights", cat], /cat\.jpg/],
    [["info", "nowhere.safetensors"], /nowhere.safetensors: no such file/],
    [["convert", "nowhere.pth", "out.safetensors"], /nowhere.pth: no such file/],
    [["convert", "http://127.0.0.1:9/b0.pth", "out.safetensors"], /127\.0\.0\.1:9.*could not be reached/],
  ];
  for (const [args, line] of lacking) {
    test(`effnet ${args.map((arg) => (arg === cat ? "cat.jpg" : arg)).join(" ")}`, async () => {
      const { status, stdout, stderr } = await effnet(args, { cwd: scratch() });
      expect(stderr).toMatch(line);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stdout).toBe("");
      expect(status).toBe(3);
    });
  }
});

test("--version prints the version alone, and loads nothing but the command line for it", async () => {
  const coverage = scratch();
  const { status, stdout, stderr } = await effnet(["--version"], { env: { NODE_V8_COVERAGE: coverage } });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  const [report] = readdirSync(coverage).map((name) => readFileSync(join(coverage, name), "utf8"));
  const loaded = [...report.matchAll(/effnet\/dist\/(\w+)\//g)].map(([, room]) => room);
  expect([...new Set(loaded)]).toEqual(["cli"]);
});

test("help goes to stdout with exit code 0; no command at all gives help and exit code 2", async () => {
  const asked = await effnet(["--help"]);
  expect(asked).toMatchObject({ status: 0, stderr: "" });
  for (const name of ["classify", "embed", "explain", "info", "list", "scale", "convert"])
    expect(asked.stdout).toContain(`  ${name} `);
  expect(asked.stdout).toContain("Exit codes: 0 all well");
  const none = await effnet([]);
  expect(none).toMatchObject({ status: 2, stdout: "" });
  expect(none.stderr).toContain("Usage: effnet");
});

test("the installed command is executable under its name", async () => {
  expect(await shell("effnet --version")).toMatchObject({ status: 0, stdout: `${version}\n` });
  expect(bin).toContain("node_modules/.bin");
});

test("an output cut short by head ends quietly", async () => {
  const paths = Array.from({ length: 40 }, () => cat).join("\n");
  for (const form of ["--json", "--csv", ""]) {
    const line = `set -o pipefail; effnet classify - ${TINY.join(" ")} ${form} --quiet | head -n 2`;
    const { status, stdout, stderr } = await shell(line, { stdin: paths });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toHaveLength(2);
  }
  const list = await shell(
    "set -o pipefail; effnet list | head -n 1; effnet list --json | head -c 10; effnet --help | head -n 1",
  );
  expect(list).toMatchObject({ status: 0, stderr: "" });
});

test("no terminal: no colour, no escape sequence, no bar on either stream", async () => {
  for (const args of [["list"], ["info", "efficientnet_b0"], ["scale", "--phi", "1"], ["classify", cat, ...TINY]]) {
    const { status, stdout, stderr } = await effnet(args);
    expect(status).toBe(0);
    expect(stdout + stderr).not.toContain("\x1b");
  }
});

test("FORCE_COLOR colours, and NO_COLOR wins over it", async () => {
  const coloured = await effnet(["list"], { env: { FORCE_COLOR: "1" } });
  expect(coloured.stdout).toContain("\x1b[");
  const plain = await effnet(["list"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
  expect(plain.stdout).not.toContain("\x1b");
});

test("--quiet says nothing on stderr when all is well; --verbose shows where an error comes from", async () => {
  expect(await effnet(["classify", cat, ...TINY, "--weights", "nowhere", "--quiet"])).toMatchObject({ status: 3 });
  const quiet = await effnet(["info", "efficientnet_b0", "--quiet"]);
  expect(quiet.stderr).toBe("");
  const verbose = await effnet(["info", "efficientnet_c0", "--verbose"]);
  expect(verbose.stderr).toMatch(/\n {4}at .*resolve/);
});
