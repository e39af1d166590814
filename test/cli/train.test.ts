// `effnet train` from pictures in folders to a run folder, with a toy network that the reference backend trains in seconds.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { PretrainedConfig } from "#effnet/architecture/architecture.js";
import { Random } from "#effnet/random.js";
import { readCheckpoint } from "#effnet/run/checkpoint.js";
import { parseMetrics } from "#effnet/run/metrics-csv.js";
import { readDescription } from "#effnet/weights/metadata.js";
import { readSafetensors } from "#effnet/weights/safetensors.js";
import { COLOURS, colourFolder, colourPng } from "../data/colours.ts";
import { effnet, json, killAfterChanges, killWhen, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";

const root = scratch();
const data = join(root, "colours");
const weights = join(root, "toy.safetensors");
const REFERENCE = ["--backend", "reference", "--decoders", "1"];
const TRAIN = ["train", data, "--weights", weights, ...REFERENCE];
/** Everything random is on. */
const WHOLE = [...TRAIN, "--epochs", "3", "--batch", "8", "--mixup", "0.2", "--reprob", "0.3", "--average", "0.9"];

beforeAll(() => {
  colourFolder(data, { train: 12, validation: 6, test: 6 });
  toyFile(weights, ["one", "two"]);
});

/** What a run's two weights files hold, bit for bit. */
function bitsOf(run: string): { last: unknown; best: unknown } {
  const bits = (tensors: ReadonlyMap<string, { readonly data: ArrayBufferView }>): [string, string][] =>
    Array.from(tensors, ([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
    ]);
  const last = readCheckpoint(readFileSync(join(run, "last.safetensors")), "last");
  const best = readSafetensors(readFileSync(join(run, "best.safetensors")), "best");
  return { last: Array.from(last.tensors, ([kind, tensors]) => [kind, bits(tensors)]), best: bits(best.tensors) };
}

function configIn(file: string): Partial<PretrainedConfig> {
  return readDescription(readSafetensors(readFileSync(file), file).metadata, file).config ?? {};
}

/** The rows of a run without what its machine made of them. */
function rowsOf(run: string): object[] {
  return parseMetrics(readFileSync(join(run, "metrics.csv"), "utf8")).map(
    ({ pictures_per_second, waited, ...row }) => row,
  );
}

function copied(name: string, without: readonly string[] = []): string {
  const folder = join(scratch(), name);
  cpSync(data, folder, { recursive: true });
  for (const path of without) rmSync(join(folder, path), { recursive: true });
  return folder;
}

test("pictures of no class are for a head alone", async () => {
  const { status, stderr } = await effnet([...TRAIN, "--others", data, "--out", join(root, "nothing")]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("--head-only")]);
});

describe("the head alone", () => {
  const out = join(root, "head");
  let stdout = "";
  let stderr = "";
  beforeAll(async () => {
    const ended = await effnet([...TRAIN, "--head-only", "--out", out]);
    expect(ended.status).toBe(0);
    ({ stdout, stderr } = ended);
  });

  test("learns colours that random features can tell apart", () => {
    expect(stderr).toMatch(/head fitted · 54 pictures/);
    const right = Number(/test [\d.]+ % \((\d+) of 18\)/.exec(stderr)?.[1]);
    expect(right).toBeGreaterThan(14);
  });

  test("beside pictures of no class is less sure of their like", async () => {
    const others = join(root, "others");
    mkdirSync(join(others, "deep"), { recursive: true });
    const noise = (name: string): string => {
      writeFileSync(join(others, name), colourPng("none", name));
      return join(others, name);
    };
    for (let n = 0; n < 24; n++) noise(`deep/${n}.png`);
    const unsure = join(root, "unsure");
    const ended = await effnet([...TRAIN, "--head-only", "--others", others, "--out", unsure]);
    expect([ended.status, ended.stderr]).toEqual([0, expect.stringMatching(/head fitted · 78 pictures/)]);
    const unseen = Array.from({ length: 8 }, (_, n) => noise(`unseen ${n}.png`));
    const sureness = async (run: string): Promise<number> => {
      const weights = ["--weights", join(run, "best.safetensors")];
      const answers = await json<{ predictions: { probability: number }[] }[]>([
        "classify",
        ...[...unseen, ...weights, "--json", "-q"],
      ]);
      return answers.reduce((sum, { predictions: [best] }) => sum + best.probability / answers.length, 0);
    };
    expect(await sureness(unsure)).toBeLessThan(await sureness(out));
  });

  test("puts the path of the best weights on stdout, and all of a run folder beside them", () => {
    expect(stdout).toBe(`${join(out, "best.safetensors")}\n`);
    expect(readdirSync(out).sort()).toEqual([
      "best.safetensors",
      "config.json",
      "events",
      "last.safetensors",
      "log.txt",
      "metrics.csv",
      "report.html",
      "time.json",
    ]);
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("Confusions (validation)");
    expect(readFileSync(join(out, "log.txt"), "utf8")).toContain("head fitted");
  });

  test("leaves a file that classify and evaluate take without another flag", async () => {
    const best = join(out, "best.safetensors");
    const picture = join(data, "test/red/0.png");
    const [answer] = await json<{ predictions: { label: string }[] }[]>([
      "classify",
      picture,
      "--weights",
      best,
      "--json",
      "-q",
    ]);
    expect(answer.predictions.map(({ label }) => label).sort()).toEqual(COLOURS);
    const evaluated = await json<{ split: string; top1: number; temperature: number }>([
      "evaluate",
      data,
      "--weights",
      best,
      "--json",
      "-q",
    ]);
    expect(evaluated.split).toBe("test");
    expect(evaluated.temperature).toBe(configIn(best).temperature);
    expect(evaluated.temperature).not.toBe(1);
    const shown = /test ([\d.]+) %/.exec(stderr)?.[1];
    expect((evaluated.top1 * 100).toFixed(2)).toBe(shown);
  });

  test("says in the file what it was made of, and not where", () => {
    const { metadata } = readSafetensors(readFileSync(join(out, "best.safetensors")), "best");
    const { labels, config, recipe } = readDescription(metadata, "best");
    expect([labels, config?.inputSize]).toEqual([COLOURS, { channels: 3, height: 8, width: 8 }]);
    expect(recipe).toMatchObject({ epochs: 0, pictures: { train: 36, validation: 18, test: 18 } });
    expect(JSON.stringify(recipe)).not.toContain(root);
  });
});

describe("the whole network", () => {
  const out = join(root, "whole");
  let stderr = "";
  beforeAll(async () => {
    const ended = await effnet([...WHOLE, "--out", out]);
    expect(ended.status).toBe(0);
    stderr = ended.stderr;
  }, 60_000);

  test("is told epoch by epoch, and kept row by row", () => {
    expect(stderr.match(/^epoch \d of 3 · loss [\d.]+ · validation of the average [\d.]+ %/gm)).toHaveLength(3);
    const rows = parseMetrics(readFileSync(join(out, "metrics.csv"), "utf8"));
    expect(rows.filter(({ average_top1 }) => average_top1 !== undefined)).toHaveLength(3);
    expect(rows.filter(({ waited }) => waited !== undefined)).toHaveLength(12);
    expect(rows.at(-1)).toMatchObject({ update: 12, epoch: 3 });
  });

  test("comes to the same bits whatever decodes the pictures", async () => {
    const other = join(root, "other");
    expect((await effnet([...WHOLE, "--decoders", "4", "--keep", "0", "-q", "--out", other])).status).toBe(0);
    expect(bitsOf(other)).toEqual(bitsOf(out));
    expect(rowsOf(other)).toEqual(rowsOf(out));
  }, 60_000);

  test("killed at five random moments and resumed, comes to the same bits", async () => {
    const killed = join(root, "killed");
    const random = new Random(7, "kills");
    const options = ["--checkpoint", "0", "-q"];
    let kills = 0;
    let ended = await effnet([...WHOLE, ...options, "--out", killed], {
      onStart: (child) => killWhen(child, () => existsSync(join(killed, "last.safetensors"))),
    });
    while (ended.signal === "SIGKILL") {
      kills++;
      const changes = 1 + random.below(4);
      ended = await effnet(["train", "--resume", killed, ...options], {
        onStart: (child) => kills < 5 && killAfterChanges(child, killed, changes),
      });
    }
    expect([ended.status, ended.stderr]).toEqual([0, ""]);
    expect(kills).toBeGreaterThan(1);
    expect(bitsOf(killed)).toEqual(bitsOf(out));
    expect(rowsOf(killed)).toEqual(rowsOf(out));
  }, 120_000);

  test("interrupted, keeps a checkpoint, exits with 130, and goes on from there", async () => {
    const stopped = join(root, "stopped");
    const ended = await effnet([...WHOLE, "--out", stopped], {
      onStderr: (text, child) => {
        if (/^epoch 1 of 3 · loss/m.test(text)) child.kill("SIGINT");
      },
    });
    expect(ended.status).toBe(130);
    expect(ended.stderr).toMatch(/^stopped at update \d+\. Go on with: effnet train --resume .+stopped$/m);
    const at = Number(/stopped at update (\d+)/.exec(ended.stderr)?.[1]);
    const { place } = readCheckpoint(readFileSync(join(stopped, "last.safetensors")), "last");
    expect(place).toMatchObject({ place: { training: { update: at } } });
    expect((await effnet(["train", "--resume", stopped, "-q"])).status).toBe(0);
    expect(bitsOf(stopped)).toEqual(bitsOf(out));
    expect(rowsOf(stopped)).toEqual(rowsOf(out));
  }, 60_000);

  test("that has ended is only reported on again by --resume", async () => {
    const before = bitsOf(out);
    const result = await json<{ run: string; test: { top1: number } }>(["train", "--resume", out, "--json", "-q"]);
    expect(result.run).toBe(out);
    expect(result.test.top1).toBeGreaterThan(0.5);
    expect(bitsOf(out)).toEqual(before);
  });
});

test("on the engine, 1 and 2 threads come to the same bits after 20 updates, and learn", async () => {
  const runs = [join(root, "one"), join(root, "two")];
  const batches = ["--no-head", "--norms", "batch", "--epochs", "5", "--batch", "8", "--lr", "0.01"];
  const results = [];
  for (const [i, out] of runs.entries()) {
    const args = [
      "train",
      data,
      "--weights",
      weights,
      ...batches,
      "--threads",
      String(i + 1),
      "--json",
      "-q",
      "--out",
      out,
    ];
    results.push(await json<{ test: { top1: number } }>(args));
  }
  expect(bitsOf(runs[1])).toEqual(bitsOf(runs[0]));
  expect(results[0].test.top1).toBeGreaterThan(0.6);
}, 60_000);

describe("a resumed run", () => {
  const run = join(root, "resumed");
  const resume = ["train", "--resume", run];
  beforeAll(async () => {
    expect((await effnet([...TRAIN, "--epochs", "1", "-q", "--out", run])).status).toBe(0);
  }, 60_000);

  test("does not take options that would change it", async () => {
    const { status, stderr } = await effnet([...resume, "--lr", "0.1"]);
    expect([status, stderr]).toEqual([
      2,
      "effnet: --lr: a run that goes on keeps its own. Begin a new one with --weights to change it.\n",
    ]);
  });

  test("does not take other classes, or other pictures", async () => {
    const renamed = copied("renamed");
    renameSync(join(renamed, "train/red"), join(renamed, "train/pink"));
    renameSync(join(renamed, "validation/red"), join(renamed, "validation/pink"));
    renameSync(join(renamed, "test/red"), join(renamed, "test/pink"));
    const classes = await effnet([...resume.slice(0, 1), renamed, ...resume.slice(1)]);
    expect(classes.status).toBe(2);
    expect(classes.stderr).toBe(
      `effnet: classes: expected the 3 classes of ${run}, got 3, without red and with pink. Give the same data.\n`,
    );
    const fewer = copied("fewer", ["train/red/0.png"]);
    const pictures = await effnet([...resume.slice(0, 1), fewer, ...resume.slice(1)]);
    expect([pictures.status, pictures.stderr]).toEqual([
      2,
      `effnet: data: expected the 36 train pictures that ${run} began with, got 35. Give the same data, or begin anew with its best weights.\n`,
    ]);
  });

  test("finds its data where they have been moved", async () => {
    const moved = copied("moved");
    expect((await effnet(["train", moved, "--resume", run, "-q"])).status).toBe(0);
  });

  test("is not there where no run is", async () => {
    const { status, stderr } = await effnet(["train", "--resume", root]);
    expect([status, stderr]).toEqual([
      2,
      `effnet: resume: expected the folder of a run, got ${root}, which holds no run (config.json is missing). Check the path.\n`,
    ]);
  });

  test("is not begun again in its folder", async () => {
    const { status, stderr } = await effnet([...TRAIN, "--out", run]);
    expect(status).toBe(2);
    expect(stderr).toBe(
      `effnet: --out: ${run} holds a run. Go on with it by --resume ${run}, or name another folder.\n`,
    );
  });
});

describe("bad data", () => {
  test("an empty class is told, and the rest is learned", async () => {
    const folder = copied("empty");
    mkdirSync(join(folder, "train/white"));
    const out = join(scratch(), "run");
    const { status, stderr } = await effnet([...TRAIN.with(1, folder), "--head-only", "--out", out]);
    expect(status).toBe(0);
    expect(stderr).toContain('train: class "white" has no pictures.\n');
  });

  test("broken pictures are told by name, left out, and counted in the last line", async () => {
    const folder = copied("broken");
    writeFileSync(join(folder, "train/red/0.png"), "no picture");
    writeFileSync(join(folder, "test/blue/1.png"), "");
    const out = join(scratch(), "run");
    const { status, stderr } = await effnet([...TRAIN.with(1, folder), "--head-only", "--out", out]);
    expect(status).toBe(0);
    expect(stderr.match(/^effnet: train\/red\/0\.png: not a JPEG/gm)).toHaveLength(1);
    expect(stderr).toMatch(/, 2 unreadable \(train\/red\/0\.png: .+ …\) · .+best\.safetensors\n$/);
    expect(readFileSync(join(out, "log.txt"), "utf8")).toContain("train/red/0.png: not a JPEG");
  });

  test("without a validation split some pictures are held back, and that is told", async () => {
    const folder = copied("plain", ["validation", "test"]);
    const out = join(scratch(), "run");
    const { status, stderr } = await effnet([...TRAIN.with(1, folder), "--head-only", "--out", out]);
    expect(status).toBe(0);
    expect(stderr).toContain("no validation split: 3 of its 36 training pictures are held back as one (seed 0).\n");
  });

  test("nothing held back: the last weights are the best", async () => {
    const folder = copied("all", ["validation", "test"]);
    const out = join(scratch(), "run");
    const { status } = await effnet([...TRAIN.with(1, folder), "--epochs", "1", "--holdout", "0", "-q", "--out", out]);
    expect(status).toBe(0);
    const { tensors } = readCheckpoint(readFileSync(join(out, "last.safetensors")), "last");
    const best = readSafetensors(readFileSync(join(out, "best.safetensors")), "best").tensors;
    for (const [name, { data }] of tensors.get("weights") ?? []) {
      expect(Array.from(best.get(name)?.data ?? [], Number), name).toEqual(Array.from(data, Math.fround));
    }
    expect(best.size).toBe(tensors.get("weights")?.size);
  }, 30_000);

  test.each([
    [
      "one class",
      ["train/blue", "train/green", "validation", "test"],
      /expected pictures of at least two classes, got one \(red\)/,
    ],
    ["no pictures to train on", ["train"], /expected pictures to train on in .+, got other splits only/],
  ])("%s is refused in a line, before anything is written", async (_, without, line) => {
    const folder = copied("few", without);
    const out = join(scratch(), "run");
    const { status, stderr } = await effnet([...TRAIN.with(1, folder), "--out", out]);
    expect(status).toBe(2);
    expect(stderr).toMatch(line);
    expect(existsSync(out)).toBe(false);
  });

  test("one picture of each class is enough to begin with", async () => {
    const folder = join(scratch(), "ones");
    colourFolder(folder, { train: 1 });
    const out = join(scratch(), "run");
    const { status, stderr } = await effnet([...TRAIN.with(1, folder), "--epochs", "1", "--out", out]);
    expect(stderr).toContain("too few pictures of every class to hold any back");
    expect(status).toBe(0);
  });

  test("a loss that becomes no number ends the run in a line that says what to do, and the checkpoint stays", async () => {
    const out = join(scratch(), "run");
    const { status, stderr } = await effnet([
      ...TRAIN,
      "--epochs",
      "9",
      "--lr",
      "1e6",
      "--opt",
      "sgd",
      "--clip-grad",
      "0",
      "--layer-decay",
      "1",
      "--out",
      out,
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^effnet: training: .+ became (NaN|-?Infinity) at update \d+, epoch \d+\. .+ Lower the rate/m,
    );
    expect(stderr).toContain(`${out}: goes on with --resume.`);
    expect(existsSync(join(out, "last.safetensors"))).toBe(true);
  }, 30_000);
});

describe("--dry-run", () => {
  const folder = join(root, "checked");
  beforeAll(() => {
    cpSync(data, folder, { recursive: true });
    cpSync(join(data, "train/red/0.png"), join(folder, "test/red/again.png"));
    cpSync(join(data, "train/red/1.png"), join(folder, "train/blue/wrong.png"));
    writeFileSync(join(folder, "validation/green/0.png"), "no picture");
    mkdirSync(join(folder, "train/white"));
  });

  test("prints the classes, the plan and what is wrong, writes nothing, and exits with 1 for a broken picture", async () => {
    const cwd = scratch();
    const { status, stdout } = await effnet([...TRAIN.with(1, folder), "--dry-run", "-q"], { cwd });
    expect(status).toBe(1);
    expect(stdout).toBe(`class  train  validation  test
blue      13           6     6
green     12           5     6
red       12           6     7
white      0           0     0

toy at 8×8: fit the head on cached features, then 5 epochs of the whole network, 10 updates of 16 at rate 0.00021213203435596425.
train: class "white" has no pictures.
validation: class "white" has no pictures.
test: class "white" has no pictures.
validation/green/0.png: not a JPEG, PNG, WebP, GIF, TIFF or AVIF file. Convert it to PNG or JPEG.
train/red/0.png, test/red/again.png: the same picture 2 times in train, test.
train/blue/wrong.png, train/red/1.png: the same picture 2 times as blue, red.
`);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("--json has all of it", async () => {
    const { stdout } = await effnet([...TRAIN.with(1, folder), "--dry-run", "-q", "--json"]);
    const report = JSON.parse(stdout);
    expect(report.classes).toEqual([...COLOURS, "white"]);
    expect(report.broken).toHaveLength(1);
    expect(report.repeated).toHaveLength(2);
    expect(report.plan.recipe.epochs).toBe(5);
  });
});

describe("wrong usage", () => {
  test.each([
    [["train"], "effnet: data: expected a folder of classes or tar shards, or --resume.\n"],
    [
      ["train", data, "--weights", weights, "--scratch", "--model", "test_efficientnet"],
      "effnet: --scratch: expected either --weights to begin with, or --scratch, got both.\n",
    ],
    [["train", data, "--scratch"], "effnet: --scratch: expected --model with the name of a network (effnet list).\n"],
  ])("%j", async (args, line) => {
    expect(await effnet(args)).toMatchObject({ status: 2, stdout: "", stderr: line });
  });

  test("weights that were not given and are not cached end it, with exit code 3", async () => {
    const { status, stderr } = await effnet(["train", data, "--model", "test_efficientnet", "-q"]);
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(/^effnet: .+: model\.safetensors is not in the cache/m),
    ]);
  });
});
