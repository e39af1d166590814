// Models by name, with their weights from a hub on this machine, its cache, release files and folders.

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { architectureOf, TAGS } from "#effnet/architecture/index.js";
import { FileError, HubError, UnsupportedError, UsageError } from "#effnet/errors.js";
import { type CreateOptions, createModel, type Model, storedFrom, writeSafetensors } from "#effnet/index.js";
import { initialize } from "#effnet/weights/initialize.js";
import { descriptionMetadata } from "#effnet/weights/metadata.js";
import { COMMIT, hubServer, sha256 } from "../weights/hub-server.ts";

const NAME = "test_efficientnet";
const ID = "timm/test_efficientnet.r160_in1k";
const hub = await hubServer();
const root = mkdtempSync(join(tmpdir(), "effnet-pretrained-"));
const models: Model[] = [];
afterAll(async () => {
  for (const model of models) await model.dispose();
  rmSync(root, { recursive: true, force: true });
});

let cacheFolder = "";
let number = 0;
let warnings: string[] = [];

beforeEach(() => {
  cacheFolder = join(root, String(number++));
  warnings = [];
  hub.asked.length = 0;
  hub.troubles.length = 0;
  hub.repositories.clear();
  process.env["TORCH_HOME"] = join(cacheFolder, "torch");
});

/** Weights as a file that says nothing of itself. */
function weightsFile(
  classes: number,
  seed: number,
  inChannels = 3,
  metadata = new Map([["format", "pt"]]),
): Uint8Array {
  const state = initialize(architectureOf(NAME, { classes, inChannels }), seed, { scheme: "timm" });
  return writeSafetensors(storedFrom(state), { metadata });
}

const PLAIN = weightsFile(1000, 1);
const config = (rest: object = {}): string =>
  JSON.stringify({ architecture: NAME, num_classes: 1000, pretrained_cfg: { tag: "r160_in1k" }, ...rest });

async function open(name: string | null, options: CreateOptions = {}): Promise<Model> {
  const all: CreateOptions = {
    threads: 1,
    hub: { endpoint: hub.url, cacheFolder },
    onWarning: (line) => warnings.push(line),
    ...options,
  };
  const model = await (name === null ? createModel(all) : createModel(name as string, all));
  models.push(model);
  return model;
}

const refusal = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: Error) => error,
  );

async function firstWeight(model: Model): Promise<number> {
  return (await model.stateDict()).get("conv_stem.weight")?.data[0] as number;
}

const weightOf = (classes: number, seed: number): number =>
  initialize(architectureOf(NAME, { classes }), seed, { scheme: "timm" }).get("conv_stem.weight")?.data[0] as number;

describe("`pretrained`", () => {
  test("fetches config and weights of the name's repository once, and reports their bytes", async () => {
    hub.repositories.set(ID, { commit: COMMIT, files: { "model.safetensors": PLAIN, "config.json": config() } });
    const stages = new Set<string>();
    const model = await open(NAME, { weights: "pretrained", onProgress: ({ stage }) => stages.add(stage) });
    expect(await firstWeight(model)).toBe(weightOf(1000, 1));
    expect([model.tag, model.config.inputSize.height, model.labels[0]]).toEqual(["r160_in1k", 160, "tench"]);
    expect([...stages]).toEqual(expect.arrayContaining(["download", "weights"]));
    expect([hub.count("HEAD", "hub"), hub.count("GET")]).toEqual([3, 2]); // one a redirection inside the hub
    await open(NAME, { weights: "pretrained" });
    expect(hub.count("GET")).toBe(2);
    await open(NAME, { weights: "pretrained", hub: { cacheFolder, offline: true } });
    expect(warnings).toEqual([]);
  });

  test("takes labels from the repository, preprocessing from the name", async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `thing ${i}`);
    const said = config({ label_names: names, pretrained_cfg: { crop_pct: 0.5 } });
    hub.repositories.set(ID, { commit: COMMIT, files: { "model.safetensors": PLAIN, "config.json": said } });
    const model = await open(NAME, { weights: "pretrained" });
    expect([model.labels[7], model.config.cropPct]).toEqual(["thing 7", 0.95]);
    expect((await open(NAME, { weights: "pretrained", classes: 5 })).labels).toEqual([
      "class 0",
      "class 1",
      "class 2",
      "class 3",
      "class 4",
    ]);
  });

  test("needs no config.json, and takes pytorch_model.bin where there are no safetensors", async () => {
    hub.repositories.set(ID, { commit: COMMIT, files: { "pytorch_model.bin": PLAIN } });
    expect(await firstWeight(await open(NAME, { weights: "pretrained" }))).toBe(weightOf(1000, 1));
    expect(hub.count("HEAD", "hub", /pytorch_model\.bin$/)).toBe(1);
  });

  test("of what Python cached alone, without config, answers offline", async () => {
    const folder = join(cacheFolder, "models--timm--test_efficientnet.r160_in1k");
    mkdirSync(join(folder, "snapshots", COMMIT), { recursive: true });
    mkdirSync(join(folder, "refs"));
    writeFileSync(join(folder, "refs/main"), COMMIT);
    writeFileSync(join(folder, "snapshots", COMMIT, "model.safetensors"), PLAIN);
    expect(await firstWeight(await open(NAME, { weights: "pretrained", hub: { cacheFolder, offline: true } }))).toBe(
      weightOf(1000, 1),
    );
  });

  test("offline and not cached is one line", async () => {
    const error = await refusal(open(NAME, { weights: "pretrained", hub: { cacheFolder, offline: true } }));
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toMatch(
      /^timm\/test_efficientnet\.r160_in1k: model\.safetensors is not in the cache .*HF_HUB_OFFLINE is set/,
    );
  });

  test("needs a name that was published", async () => {
    expect((await refusal(open("efficientnet_b6", { weights: "pretrained" }))).message).toMatch(
      /no weights were ever published/,
    );
    expect(await refusal(open("effnet_cifar10", { weights: "pretrained" }))).toBeInstanceOf(UnsupportedError);
    expect(await refusal(open(null, { weights: "pretrained" }))).toBeInstanceOf(UsageError);
  });
});

describe("a release file, where the repository has no weights", () => {
  const tag = TAGS.find(({ name, url }) => name === "efficientnet_b1_pruned" && url !== null);
  const basename = tag?.url?.split("/").at(-1) as string;
  const kept = (): string => join(cacheFolder, "torch/hub/checkpoints", basename);

  /** github.com on this machine. */
  async function gitHub(body: Uint8Array): Promise<typeof fetch> {
    const server = createServer((_, response) =>
      response.writeHead(200, { "content-length": String(body.length) }).end(body),
    );
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    afterAll(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return (input, init) => fetch(String(input) === tag?.url ? url : (input as string), init);
  }

  test("whose digest is not the one in its name is refused, and nothing is kept", async () => {
    hub.repositories.set(tag?.hubId as string, { commit: COMMIT, files: {} });
    const own = { endpoint: hub.url, cacheFolder, fetch: await gitHub(Buffer.from("not it")) };
    const error = await refusal(open("efficientnet_b1_pruned", { weights: "pretrained", hub: own as object }));
    expect(error.message).toMatch(
      new RegExp(`^${basename}: expected sha256 [0-9a-f]{8}…, got ${sha256("not it")}, twice`),
    );
    expect(existsSync(kept())).toBe(false);
  });

  test("that torch cached is read without asking anybody", async () => {
    mkdirSync(join(cacheFolder, "torch/hub/checkpoints"), { recursive: true });
    copyFileSync(new URL("../weights/attacks/zip-maker.ts", import.meta.url), kept()); // anything: it is what gets read
    const error = await refusal(
      open("efficientnet_b1_pruned", { weights: "pretrained", hub: { cacheFolder, offline: true } }),
    );
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain(`${basename}: `);
  });
});

describe("hf-hub:owner/name", () => {
  const three = {
    architecture: NAME,
    num_classes: 3,
    label_names: ["a", "b", "c"],
    pretrained_cfg: { crop_pct: 0.7, mean: 0.1, input_size: [3, 64, 64], tag: "mine" },
  };
  const put = (files: Record<string, Uint8Array | string>) => hub.repositories.set("me/net", { commit: COMMIT, files });

  test.each([
    ["as the name", "hf-hub:me/net", {}],
    ["as weights, without a name", null, { weights: "hf_hub:me/net@main" }],
    ["as weights of a name", NAME, { weights: `hf-hub:me/net@${COMMIT}` }],
  ])("%s brings network, classes, labels and preprocessing", async (_, name, options) => {
    put({ "model.safetensors": weightsFile(3, 2), "config.json": JSON.stringify(three) });
    const model = await open(name, options);
    expect(model.labels).toEqual(["a", "b", "c"]);
    expect(model.architecture).toEqual(architectureOf(NAME, { classes: 3 }));
    expect(model.config).toMatchObject({ cropPct: 0.7, mean: [0.1, 0.1, 0.1], classes: 3, inputSize: { height: 64 } });
    expect(model.tag).toBe("mine");
    expect(await firstWeight(model)).toBe(weightOf(3, 2));
  });

  test("holds a file of effnet's, whose own shapes count", async () => {
    const wide = architectureOf(NAME, { classes: 3 });
    const own = { ...wide, head: { width: wide.head.width + 8 } };
    const metadata = descriptionMetadata({ architecture: own, plan: { pruned: true } });
    const bytes = writeSafetensors(storedFrom(initialize(own, 4, { scheme: "timm" })), { metadata });
    put({ "model.safetensors": bytes, "config.json": JSON.stringify(three) });
    const model = await open("hf-hub:me/net");
    expect([model.architecture.head.width, model.labels]).toEqual([wide.head.width + 8, ["a", "b", "c"]]);
  });

  test("of another network than the name is refused; so is one that is none of the family's, before its weights come", async () => {
    put({ "model.safetensors": weightsFile(3, 2), "config.json": JSON.stringify(three) });
    expect((await refusal(open("efficientnet_b0", { weights: "hf-hub:me/net" }))).message).toBe(
      "model: expected test_efficientnet, which me/net/model.safetensors holds, got efficientnet_b0.",
    );
    put({ "model.safetensors": PLAIN, "config.json": '{"architecture":"resnet50"}' });
    hub.asked.length = 0;
    expect(await refusal(open("hf-hub:me/net"))).toBeInstanceOf(FileError);
    expect(hub.count("GET", "store")).toBe(0);
  });

  test("without its prefix is a path, and the error says how to write it", async () => {
    expect((await refusal(open(NAME, { weights: "me/net" }))).message).toBe(
      "me/net: no such file. Check the path; for the hub's repository of that name write hf-hub:me/net.",
    );
    expect((await refusal(open(NAME, { weights: "me/net.safetensors" }))).message).not.toContain("hf-hub");
  });

  test("without config, without weights, or beside other weights is refused in words", async () => {
    put({ "model.safetensors": PLAIN });
    expect((await refusal(open("hf-hub:me/net"))).message).toMatch(/^me\/net: has no config\.json/);
    put({ "config.json": JSON.stringify(three) });
    expect((await refusal(open("hf-hub:me/net"))).message).toMatch(
      /has neither model\.safetensors nor pytorch_model\.bin/,
    );
    expect((await refusal(open("hf-hub:me/net", { weights: PLAIN }))).message).toMatch(
      /^weights: expected none beside a name/,
    );
    expect((await refusal(open(null, { weights: "hf-hub:me" }))).message).toMatch(
      /^weights: expected hf-hub:owner\/name/,
    );
  });
});

describe("local-dir:", () => {
  function folder(files: Record<string, Uint8Array | string>): string {
    const path = join(root, `folder ${number}`);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
    return path;
  }

  const three = JSON.stringify({ architecture: NAME, num_classes: 3 });

  test.each([
    [["model.safetensors", "pytorch_model.bin"], "model.safetensors", 0],
    [["pytorch_model.bin", "a.safetensors"], "pytorch_model.bin", 0],
    [["model.pth", "pytorch_model.pth"], "pytorch_model.pth", 0],
    [["b.safetensors", "a.safetensors", "a.pth"], "a.safetensors", 1],
    [["z.pth.tar", "y.bin"], "z.pth.tar", 0],
  ])("of %j takes %s", async (names, expected, told) => {
    const files = Object.fromEntries(names.map((name) => [name, weightsFile(3, name === expected ? 5 : 6)]));
    const model = await open(`local-dir:${folder({ "config.json": three, ...files })}`);
    expect(await firstWeight(model)).toBe(weightOf(3, 5));
    expect(warnings).toHaveLength(told);
    expect(hub.asked).toEqual([]);
  });

  test("may be given as weights, too", async () => {
    const path = folder({ "config.json": three, "model.safetensors": weightsFile(3, 5) });
    expect((await open(NAME, { weights: `local-dir:${path}` })).labels).toHaveLength(3);
  });

  test("without config, without weights, or without a folder says so", async () => {
    expect((await refusal(open(`local-dir:${folder({ "model.safetensors": PLAIN })}`))).message).toMatch(
      /expected config\.json/,
    );
    expect((await refusal(open(`local-dir:${folder({ "config.json": three })}`))).message).toMatch(/expected weights/);
    expect((await refusal(open(`local-dir:${join(root, "none")}`))).message).toMatch(/none: no such folder/);
    expect(readFileSync(join(root, `folder ${number}`, "config.json"), "utf8")).toBe(three);
  });
});
