// `effnet cache`, and the commands that fill it: from a hub on this machine.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/index.js";
import { storedFrom, writeSafetensors } from "#effnet/index.js";
import { initialize } from "#effnet/weights/initialize.js";
import { colourFolder } from "../data/colours.ts";
import { COMMIT, hubServer } from "../weights/hub-server.ts";
import { effnet, json, pictures, scratch } from "./effnet.ts";

const NAME = "test_efficientnet";
const ID = "timm/test_efficientnet.r160_in1k";
const cat = join(pictures, "cat.jpg");
const hub = await hubServer();
const state = initialize(architectureOf(NAME), 1, { scheme: "timm" });
const weights = writeSafetensors(storedFrom(state), { metadata: new Map([["format", "pt"]]) });
const config = JSON.stringify({
  architecture: NAME,
  num_classes: 1000,
  pretrained_cfg: { tag: "r160_in1k", input_size: [3, 160, 160], crop_pct: 0.95 },
});
hub.repositories.set(ID, { commit: COMMIT, files: { "model.safetensors": weights, "config.json": config } });
hub.repositories.set("me/net", { commit: COMMIT, files: { "model.safetensors": weights, "config.json": config } });

const fresh = () => {
  const home = scratch();
  const env = { HF_HUB_OFFLINE: "0", HF_ENDPOINT: hub.url, HF_HOME: home, TORCH_HOME: join(home, "torch") };
  return { home, cache: join(home, "hub"), env };
};

interface Told {
  readonly cache: string;
  readonly repositories: readonly {
    readonly id: string;
    readonly bytes: number;
    readonly revisions: readonly {
      readonly commit: string;
      readonly refs: string[];
      readonly files: { name: string; bytes: number }[];
    }[];
  }[];
  readonly originals: readonly { readonly name: string }[];
  readonly others: number;
}

describe("a name alone", () => {
  test("is fetched once; then it answers offline, and repository and folder give the same", async () => {
    const { cache, env } = fresh();
    const ask = (flags: string[], more = {}) =>
      json<unknown>(["classify", cat, "--json", "-q", ...flags], { env: { ...env, ...more } });
    hub.asked.length = 0;
    const first = await ask(["--model", NAME]);
    expect(hub.count("GET")).toBe(2);
    expect(await ask(["--model", NAME], { HF_HUB_OFFLINE: "1" })).toEqual(first);
    expect(hub.count("GET")).toBe(2);
    expect(await ask(["--weights", "hf-hub:me/net@main"])).toEqual(first);
    expect(await ask(["--model", "hf-hub:me/net"])).toEqual(first);
    expect(await ask(["--weights", `local-dir:${join(cache, "models--me--net/snapshots", COMMIT)}`])).toEqual(first);
    const info = await json<{ name: string; file: { path: string } }>(["info", "hf-hub:me/net", "--json"], { env });
    expect([info.name, info.file.path]).toEqual([NAME, "hf-hub:me/net"]);
  });

  test("shows how far the download is", async () => {
    const { env } = fresh();
    hub.troubles.push({ path: /^store/, slowMs: 8 });
    const { status, stderr } = await effnet(["embed", cat, "--model", NAME, "--input-size", "64"], { env });
    hub.troubles.length = 0;
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /download [\d.]+ [kM]B of 1\.44 MB · .*\/s · about .* left · timm\/test_efficientnet\.r160_in1k/,
    );
  });

  test("is what training begins with, and its plan says so; from scratch nothing is fetched", async () => {
    const { home, env } = fresh();
    colourFolder(join(home, "colours"), { train: 3, validation: 2, test: 2 });
    const plan = async (...flags: string[]) => {
      const args = ["train", join(home, "colours"), "--dry-run", "--json", "-q", "--input-size", "32", ...flags];
      return (await json<{ plan: { network: object } }>(args, { env })).plan.network;
    };
    hub.asked.length = 0;
    expect(await plan("--model", NAME, "--scratch")).toEqual({ model: NAME, weights: null, backend: "wasm" });
    expect(hub.asked).toEqual([]);
    expect(await plan("--model", NAME)).toEqual({ model: NAME, weights: "pretrained", backend: "wasm" });
    expect(hub.count("GET", "store")).toBe(1);
    const repository = { model: null, weights: "hf-hub:me/net", backend: "wasm" };
    expect(await plan("--weights", "hf-hub:me/net")).toEqual(repository);
  });

  test.each([
    [
      "offline",
      { HF_HUB_OFFLINE: "1" },
      /^effnet: timm\/test_efficientnet\.r160_in1k: model\.safetensors is not in the cache .*HF_HUB_OFFLINE/,
    ],
    [
      "without a way to the hub",
      { HF_ENDPOINT: "http://no-such-host.invalid" },
      /^effnet: http:\/\/no-such-host\.invalid\/timm\/.*: could not be reached .*pass a file as weights/,
    ],
  ])("%s is one clear line, and exit code 3", async (_, more, line) => {
    const { env } = fresh();
    const { status, stdout, stderr } = await effnet(["classify", cat, "--model", NAME, "-q"], {
      env: { ...env, ...more },
    });
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("effnet cache", () => {
  test("lists networks with files and sizes, counts what is not ours, and clears by name or all", async () => {
    const { cache, home, env } = fresh();
    const told = (...args: string[]) => json<Told>(["cache", "--json", ...args], { env });
    expect(await told()).toMatchObject({ cache, repositories: [], originals: [], others: 0 });
    for (const place of [NAME, "hf-hub:me/net"]) {
      await effnet(["classify", cat, "--model", place, "--input-size", "64", "-q"], { env });
    }
    mkdirSync(join(cache, "models--meta--llama/blobs"), { recursive: true });
    mkdirSync(join(home, "torch/hub/checkpoints"), { recursive: true });
    writeFileSync(join(home, "torch/hub/checkpoints/effnetb1_pruned-bea43a3a.pth"), "0123456789");
    writeFileSync(join(home, "torch/hub/checkpoints/resnet18-f37072fd.pth"), "other");

    const bytes = weights.length + config.length;
    const all = await told();
    expect(all.repositories.map(({ id, bytes }) => [id, bytes])).toEqual([
      ["me/net", bytes],
      [ID, bytes],
    ]);
    expect(all.repositories[1].revisions).toEqual([
      {
        commit: COMMIT,
        refs: ["main"],
        files: [
          { name: "config.json", bytes: config.length },
          { name: "model.safetensors", bytes: weights.length },
        ],
      },
    ]);
    expect([all.originals.map(({ name }) => name), all.others]).toEqual([["effnetb1_pruned-bea43a3a.pth"], 1]);

    const { stdout, stderr } = await effnet(["cache"], { env });
    expect(stdout).toMatch(/^network +size +revision\nme\/net +1\.44 MB +01234567 \(main\)\n {2}config\.json +\d+B?/);
    expect(stdout).toContain(ID);
    expect(stdout).toMatch(/effnetb1_pruned-bea43a3a\.pth +10B +as first released/);
    expect(stderr).toMatch(/^3 networks, 2\.8\d MB in .*hub; 1 repository of other programs$/m);

    const cleared = await effnet(["cache", "--clear", NAME], { env });
    expect([cleared.status, cleared.stdout]).toEqual([0, `${ID}\n`]);
    expect(readdirSync(cache).filter((name) => /models|removed/.test(name))).toEqual([
      "models--me--net",
      "models--meta--llama",
    ]);
    expect((await told("--clear")).repositories).toHaveLength(1);
    expect(readdirSync(cache).filter((name) => /models|removed/.test(name))).toEqual(["models--meta--llama"]);
    expect(readdirSync(join(home, "torch/hub/checkpoints"))).toEqual(["resnet18-f37072fd.pth"]);
  });

  test("refuses names that are not there, and a repository that is being downloaded", async () => {
    const { cache, env } = fresh();
    const none = await effnet(["cache", "--clear", "efficientnet_b0"], { env });
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringMatching(/^effnet: names: timm\/efficientnet_b0\..* is not in the cache\. The cache holds none\./),
    ]);
    const folder = join(cache, "models--timm--test_efficientnet.r160_in1k");
    mkdirSync(join(folder, "blobs"), { recursive: true });
    writeFileSync(join(folder, "blobs/abc.effnet.incomplete"), "12345");
    const locks = join(cache, ".locks/models--timm--test_efficientnet.r160_in1k");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "abc.effnet.lock"), JSON.stringify({ host: "elsewhere", process: 1, id: "x" }));
    expect((await effnet(["cache"], { env })).stdout).toContain("5B of it unfinished");
    const busy = await effnet(["cache", "--clear"], { env });
    expect([busy.status, busy.stderr]).toEqual([1, expect.stringMatching(/is being downloaded\. Wait for it/)]);
    expect(existsSync(folder)).toBe(true);
  });
});
