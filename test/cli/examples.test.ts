// Every example that --help prints is run as it stands, in a folder that holds what it names.

import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { resolve } from "#effnet/architecture/resolve.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { COMMIT, hubServer } from "../weights/hub-server.ts";
import { effnet, pictures, scratch, shell } from "./effnet.ts";
import { weightsFile } from "./weights-file.ts";

const COMMANDS = ["", "classify", "embed", "explain", "info", "list", "scale", "convert", "cache"];
const home = scratch();
const hub = await hubServer();
const env = {
  HF_HUB_OFFLINE: "0",
  HF_ENDPOINT: hub.url,
  HF_HOME: join(home, "cache"),
  TORCH_HOME: join(home, "cache"),
};

/** A repository as timm publishes it. */
function publish(id: string, file: string, architecture: ModelName): void {
  const config = JSON.stringify({ architecture, num_classes: 1000, pretrained_cfg: {} });
  hub.repositories.set(id, {
    commit: COMMIT,
    files: { "model.safetensors": readFileSync(join(home, file)), "config.json": config },
  });
}

beforeAll(async () => {
  mkdirSync(join(home, "photos"));
  mkdirSync(join(home, "more/deep"), { recursive: true });
  copyFileSync(join(pictures, "cat.jpg"), join(home, "cat.jpg"));
  copyFileSync(join(pictures, "rocket.jpg"), join(home, "photos/rocket.jpg"));
  copyFileSync(join(pictures, "espresso.jpg"), join(home, "more/deep/espresso.png")); // its content says what it is
  weightsFile(join(home, "model.safetensors"), "efficientnet_b0");
  // Readers go by the content; what is called a checkpoint here is safetensors.
  for (const name of [
    "efficientnet_b0_ra-3dd342df.pth",
    "checkpoint.pth",
    "checkpoint.pth.tar",
    "model_best.pth.tar",
  ]) {
    copyFileSync(join(home, "model.safetensors"), join(home, name));
  }
  weightsFile(join(home, "tiny.safetensors"), "test_efficientnet");
  weightsFile(join(home, "pruned.safetensors"), "efficientnet_b1_pruned");
  publish(resolve("efficientnet_b0").hubId as string, "model.safetensors", "efficientnet_b0");
  publish(resolve("efficientnet_b1_pruned").hubId as string, "pruned.safetensors", "efficientnet_b1_pruned");
  publish("owner/name", "tiny.safetensors", "test_efficientnet");
  await effnet(["convert", "tiny.safetensors", "mine.safetensors", "--model", "test_efficientnet"], { cwd: home });
  expect(existsSync(join(home, "mine.safetensors"))).toBe(true);
});

for (const name of COMMANDS) {
  test(`effnet ${name} --help: its examples work`, async () => {
    const { status, stdout } = await effnet([...(name === "" ? [] : [name]), "--help"]);
    expect(status).toBe(0);
    const examples = stdout.slice(stdout.indexOf("Examples:")).match(/^ {2}.*\beffnet .*$/gm) ?? [];
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples) {
      const ended = await shell(example, { cwd: home, env });
      expect({ example, status: ended.status, stderr: ended.stderr }).toMatchObject({ example, status: 0 });
    }
  });
}
