// export: what another program reads.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readOnnx } from "../backend/onnx/read.ts";
import { effnet, json, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";
import { weightsFile } from "./weights-file.ts";

test("a file that says what it is needs no other flag; labels and preprocessing travel", async () => {
  const cwd = scratch();
  toyFile(join(cwd, "toy.safetensors"), ["one", "two"]);
  const { status, stdout, stderr } = await effnet(["export", "toy.safetensors", "toy.onnx"], { cwd });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toMatch(/^toy\.onnx · [\d.]+ kB · .* · input of 8×8 · batch any · logits\n$/);
  const { inputs, outputs, metadata, producer, version } = readOnnx(readFileSync(join(cwd, "toy.onnx")));
  expect(inputs).toEqual([{ name: "input", type: 1, dims: ["batch", 3, 8, 8] }]);
  expect(outputs).toEqual([{ name: "logits", type: 1, dims: ["batch", 2] }]);
  expect(JSON.parse(metadata.get("labels") ?? "")).toEqual(["one", "two"]);
  expect(JSON.parse(metadata.get("preprocess") ?? "")).toMatchObject({ size: [8, 8], mean: [0.4, 0.4, 0.4] });
  const shipped = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect({ producer, version }).toEqual({ producer: "effnet", version: shipped.version });
});

test("every flag shows in the file", async () => {
  const cwd = scratch();
  weightsFile(join(cwd, "w.safetensors"), "test_efficientnet", { classes: 10 });
  const flags = ["--input-size", "any", "--batch", "4", "--align", "16", "--preprocess", "--softmax", "--half"];
  const args = ["export", "w.safetensors", "w.onnx", "--model", "test_efficientnet", ...flags, "--json"];
  const told = await json<object>(args, { cwd });
  const bytes = readFileSync(join(cwd, "w.onnx"));
  expect(told).toEqual({ file: "w.onnx", for: "onnx", bytes: bytes.length, architecture: "test_efficientnet" });
  const { inputs, outputs, initializers } = readOnnx(bytes);
  expect(inputs).toEqual([{ name: "pixels", type: 2, dims: [4, "height", "width", 3] }]);
  expect(outputs).toEqual([{ name: "probabilities", type: 1, dims: [4, 10] }]);
  const halves = [...initializers.values()].filter(({ type }) => type === 10);
  expect(halves.length).toBeGreaterThan(10);
  const inner = halves.map(({ dims }) => dims[0]).filter((width) => width !== 10);
  expect(inner.filter((width) => width % 16 !== 0)).toEqual([]);
});

test("a name instead of a file means its published weights", async () => {
  const cwd = scratch();
  const env = { HF_HUB_OFFLINE: "1", HF_HUB_CACHE: join(cwd, "cache") };
  for (const name of ["efficientnet_b1_pruned", "hf-hub:timm/efficientnet_b1_pruned.in1k"]) {
    const { status, stderr } = await effnet(["export", name, "b1.onnx"], { cwd, env });
    expect(stderr).toMatch(/timm\/efficientnet_b1_pruned\.in1k/);
    expect(status).toBe(3);
  }
});

describe("is refused in one line, and no file appears", () => {
  const wrong: [args: string[], status: number, line: RegExp][] = [
    [["w.safetensors", "w.pt", "--model", "test_efficientnet"], 2, /out: expected a name that ends with \.onnx/],
    [["w.safetensors", "w.onnx"], 2, /model: .*Pass the network's name/],
    [["w.safetensors", "w.onnx", "--model", "efficientnet_b0"], 3, /w\.safetensors: .*expected/],
    [["no.safetensors", "w.onnx", "--model", "test_efficientnet"], 3, /no\.safetensors: no such file/],
    [["w.safetensors", "w.onnx", "--align", "12"], 2, /--align.*Expected none, 8, 16 or auto/],
    [["w.safetensors", "w.onnx", "--batch", "few"], 2, /--batch.*Expected a whole number/],
    [["w.safetensors", "w.onnx", "--for", "tpu"], 2, /--for.*onnx/],
  ];
  test.each(wrong)("effnet export %j", async (args, status, line) => {
    const cwd = scratch();
    weightsFile(join(cwd, "w.safetensors"), "test_efficientnet");
    const ended = await effnet(["export", ...args], { cwd });
    expect(ended.stderr).toMatch(line);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.status).toBe(status);
    expect(readdirSync(cwd)).toEqual(["w.safetensors"]);
    expect(existsSync(join(cwd, "w.onnx"))).toBe(false);
  });
});
