// convert: what a checkpoint holds comes out as safetensors that name their network.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { readSafetensors } from "#effnet/weights/safetensors.js";
import { effnet, json, pictures, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";
import { weightsFile } from "./weights-file.ts";

const checkpoints = fileURLToPath(new URL("../../../shared/golden/checkpoints", import.meta.url));

test("--model writes what the file is: then classify, embed and info need no other flag", async () => {
  const cwd = scratch();
  weightsFile(join(cwd, "plain.safetensors"), "test_efficientnet", { classes: 10 });
  const done = await json<object>(
    ["convert", "plain.safetensors", "own.safetensors", "--model", "test_efficientnet", "--json"],
    { cwd },
  );
  expect(done).toMatchObject({ file: "own.safetensors", architecture: "test_efficientnet" });
  const { tensors, metadata } = readSafetensors(readFileSync(join(cwd, "own.safetensors")), "own");
  const before = readSafetensors(readFileSync(join(cwd, "plain.safetensors")), "plain").tensors;
  expect([...tensors]).toEqual([...before]);
  expect(JSON.parse(metadata.get("effnet.architecture") ?? "")).toEqual(
    architectureOf("test_efficientnet", { classes: 10 }),
  );
  expect(metadata.get("format")).toBe("pt");
  const cat = join(pictures, "cat.jpg");
  const own = ["--weights", "own.safetensors", "--input-size", "64"];
  const named = ["--weights", "plain.safetensors", "--input-size", "64", "--model", "test_efficientnet"];
  const [answer] = await json<{ predictions: { label: string }[] }[]>(["classify", cat, ...own, "--json"], { cwd });
  expect(answer.predictions).toHaveLength(5);
  expect(answer.predictions[0].label).toMatch(/^class \d$/);
  expect(await json(["embed", cat, ...own, "--json"], { cwd })).toEqual(
    await json(["embed", cat, ...named, "--json"], { cwd }),
  );
  const info = await json<object>(["info", "own.safetensors", "--json"], { cwd });
  expect(info).toMatchObject({
    name: "test_efficientnet",
    inputSize: { height: 160 },
    file: { dtypes: ["F32", "I64"] },
  });
});

test("--half halves the file and changes no vector; metadata stays", async () => {
  const cwd = scratch();
  weightsFile(join(cwd, "a.safetensors"), "test_efficientnet");
  const first = await json<{ bytes: number }>(
    ["convert", "a.safetensors", "b.safetensors", "--model", "test_efficientnet", "--json"],
    { cwd },
  );
  const second = await json<{ bytes: number }>(["convert", "b.safetensors", "c.safetensors", "--half", "--json"], {
    cwd,
  });
  expect(second.bytes / first.bytes).toBeLessThan(0.6);
  const { tensors, metadata } = readSafetensors(readFileSync(join(cwd, "c.safetensors")), "c");
  expect(tensors.get("conv_stem.weight")?.dtype).toBe("F16");
  expect(tensors.get("bn1.running_var")?.dtype).toBe("F32");
  expect(metadata.has("effnet.architecture")).toBe(true);
});

test("--min-probability travels in the file, and makes classify unsure", async () => {
  const folder = scratch();
  const [own, wary] = [join(folder, "own.safetensors"), join(folder, "wary.safetensors")];
  toyFile(own, ["one", "two"]);
  await json(["convert", own, wary, "--min-probability", "1", "--json"]);
  const classify = (file: string, ...flags: string[]) =>
    json<{ unsure?: true }[]>(["classify", join(pictures, "cat.jpg"), "--weights", file, "--json", ...flags]);
  expect((await classify(own))[0].unsure).toBe(undefined);
  expect((await classify(wary))[0].unsure).toBe(true);
  expect((await classify(wary, "--min-probability", "0"))[0].unsure).toBe(undefined);
});

test("torch checkpoints give the same tensors as their safetensors twin; a trainer's gives its averaged weights", async (context) => {
  if (!existsSync(checkpoints)) context.skip("../shared is not here");
  const cwd = scratch();
  const read = async (name: string) => {
    const out = `${name}.safetensors`;
    const { status, stderr } = await effnet(["convert", join(checkpoints, name), out], { cwd });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain("no network named");
    return readSafetensors(readFileSync(join(cwd, out)), out).tensors;
  };
  const zip = await read("zip.pth");
  for (const name of ["legacy.pth", "module-prefix.pth", "both-prefixes.pth", "trainer-no-ema.pth.tar"]) {
    const tensors = await read(name);
    expect([...tensors].sort()).toEqual([...zip].sort());
  }
  const stem = (tensors: typeof zip) => tensors.get("conv_stem.weight")?.data;
  expect(stem(await read("trainer.pth.tar"))).not.toEqual(stem(zip));
});

test("hostile and broken files are refused in one line, and no file appears", async (context) => {
  if (!existsSync(checkpoints)) context.skip("../shared is not here");
  const cwd = scratch();
  for (const name of ["hostile.pth", "truncated-zip.pth", "html.safetensors", "broken/overlap.safetensors"]) {
    const { status, stdout, stderr } = await effnet(["convert", join(checkpoints, name), "out.safetensors"], { cwd });
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(name);
  }
  expect(readdirSync(cwd)).toEqual([]);
});

test("tensors that do not fit the named network are refused", async () => {
  const cwd = scratch();
  weightsFile(join(cwd, "a.safetensors"), "test_efficientnet");
  const { status, stderr } = await effnet(["convert", "a.safetensors", "b.safetensors", "--model", "efficientnet_b0"], {
    cwd,
  });
  expect(status).toBe(3);
  expect(stderr).toMatch(/a\.safetensors: .*expected/);
  expect(readdirSync(cwd)).toEqual(["a.safetensors"]);
});

test("a file that names no network is asked for one", async () => {
  const cwd = scratch();
  weightsFile(join(cwd, "a.safetensors"), "test_efficientnet");
  const { status, stderr } = await effnet(["info", "a.safetensors"], { cwd });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: "effnet: --model: a.safetensors does not say which network it holds. Name it.\n",
  });
  const named = await effnet(["info", "a.safetensors", "--model", "test_efficientnet"], { cwd });
  expect(named.status).toBe(0);
  expect(named.stdout).toMatch(/^file +a\.safetensors, [\d,]+ bytes, F32, I64$/m);
});

test("an existing file is replaced only by a whole one", async () => {
  const cwd = scratch();
  weightsFile(join(cwd, "a.safetensors"), "test_efficientnet");
  writeFileSync(join(cwd, "out.safetensors"), "older");
  expect((await effnet(["convert", "missing.pth", "out.safetensors"], { cwd })).status).toBe(3);
  expect(readFileSync(join(cwd, "out.safetensors"), "utf8")).toBe("older");
  expect((await effnet(["convert", "a.safetensors", "out.safetensors", "--quiet"], { cwd })).stderr).toBe("");
  expect(readdirSync(cwd).sort()).toEqual(["a.safetensors", "out.safetensors"]);
});
