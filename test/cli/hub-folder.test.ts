// A folder that `effnet export --for hub` wrote comes back: as `local-dir:`, and from a hub that serves its files.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createModel, toSafetensors } from "#effnet/index.js";
import { COMMIT, hubServer } from "../weights/hub-server.ts";
import { effnet, json, pictures, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";

const LABELS = ["cat", "dog", "espresso"];

/** A network of the family with a narrower head, as pruning leaves it. */
async function prunedFile(path: string): Promise<void> {
  const whole = await createModel("test_efficientnet", {
    seed: 1,
    threads: 1,
    classes: 3,
    labels: LABELS,
  });
  const { head, ...architecture } = whole.architecture;
  await whole.dispose();
  await using model = await createModel(
    { ...architecture, head: { width: head.width - 8 } },
    { seed: 2, threads: 1, labels: LABELS, config: { cropPct: 0.8 } },
  );
  writeFileSync(path, await toSafetensors(model));
}

test.each([
  ["a network that timm does not know", async (path: string) => toyFile(path, LABELS)],
  ["a changed one of the family", prunedFile],
])("%s gives the same answers as a folder and as a repository", async (_, write) => {
  const home = scratch();
  const file = join(home, "network.safetensors");
  await write(file);
  const folder = join(home, "for-hub");
  expect(await effnet(["export", file, folder, "--for", "hub", "-q"])).toMatchObject({ status: 0 });

  const hub = await hubServer();
  const files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  hub.repositories.set("me/mine", { commit: COMMIT, files });
  const env = { HF_HUB_OFFLINE: "0", HF_ENDPOINT: hub.url, HF_HOME: join(home, "cache") };
  const ask = (weights: string) =>
    json<{ predictions: { label: string }[] }[]>(
      ["classify", join(pictures, "cat.jpg"), "--weights", weights, "--json", "-q"],
      { env },
    );
  const expected = await ask(file);
  expect(LABELS).toContain(expected[0].predictions[0].label);
  expect(await ask(`local-dir:${folder}`)).toEqual(expected);
  expect(await ask("hf-hub:me/mine")).toEqual(expected);
});
