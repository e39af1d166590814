// `effnet prune` from a trained toy to a smaller one in a run folder, with the backend that needs no threads.

import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { architectureOf, cost, layers, resolve } from "#effnet/architecture/index.js";
import { createModel } from "#effnet/index.js";
import { planFromJson } from "#effnet/pruning/plan-json.js";
import { Random } from "#effnet/random.js";
import { descriptionMetadata, readDescription } from "#effnet/weights/metadata.js";
import { readSafetensors, writeSafetensors } from "#effnet/weights/safetensors.js";
import { storedFrom } from "#effnet/weights/state-dict.js";
import { difference } from "../backend/compare.ts";
import { outputOf } from "../backend/onnx/golden-files.ts";
import { type Onnxruntime, onnxruntime } from "../backend/onnx/runtime.ts";
import { COLOURS, colourFolder } from "../data/colours.ts";
import { formulaInput } from "../golden/formula.ts";
import { anyStateDict } from "../pruning/plans.ts";
import { effnet, json, killAfterChanges, killWhen, scratch } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";

const ort = await onnxruntime();
const root = scratch();
const data = join(root, "colours");
const parent = join(root, "parent", "best.safetensors");
const REFERENCE = ["--backend", "reference", "--decoders", "1"];
const PRUNE = ["prune", parent, "--data", data, ...REFERENCE, "--multiple", "2", "--minimum", "2", "--samples", "24"];
const WHOLE = [...PRUNE, "--macs", "50%", "--epochs", "3", "--batch", "8", "--lr", "0.001"];

beforeAll(async () => {
  colourFolder(data, { train: 12, validation: 6, test: 6 });
  toyFile(join(root, "toy.safetensors"), ["one", "two"]);
  const start = ["train", data, "--weights", join(root, "toy.safetensors"), "--out", join(root, "parent")];
  const ended = await effnet([...start, ...REFERENCE, "--epochs", "3", "--norms", "batch", "--lr", "0.01", "-q"]);
  expect(ended.status).toBe(0);
}, 60_000);

/** @param side of the pictures that multiply-adds are counted at */
function read(file: string, side = 8) {
  const { tensors, metadata } = readSafetensors(readFileSync(file), file);
  const description = readDescription(metadata, file);
  if (description.architecture === undefined) throw new Error(`${file} names no network`);
  const { macs, parameters } = cost(layers(description.architecture, { height: side, width: side }));
  return { tensors, description, architecture: description.architecture, macs, parameters };
}

function bitsOf(run: string): unknown {
  const { tensors } = read(join(run, "best.safetensors"));
  return Array.from(
    tensors,
    ([
      name,
      {
        data: { buffer, byteOffset, byteLength },
      },
    ]) => [name, Buffer.from(buffer, byteOffset, byteLength).toString("hex")],
  );
}

describe("half of the MACs", () => {
  const out = join(root, "half");
  let stderr = "";
  beforeAll(async () => {
    const ended = await effnet([...WHOLE, "--out", out]);
    expect([ended.status, ended.stdout]).toEqual([0, `${join(out, "best.safetensors")}\n`]);
    stderr = ended.stderr;
  }, 60_000);

  test("are never exceeded, and nearly used up", () => {
    const [before, after] = [read(parent), read(join(out, "best.safetensors"))];
    expect(after.macs).toBeLessThanOrEqual(before.macs / 2);
    expect(after.macs).toBeGreaterThan(0.9 * (before.macs / 2));
  });

  test("are told step by step: scores, plan, and the accuracy after each", () => {
    for (const step of ["parent", "sliced", "recalibrated", "refitted"]) {
      expect(stderr).toMatch(new RegExp(`^${step} · validation [\\d.]+ %, loss`, "m"));
    }
    expect(stderr).toMatch(/^fisher over 24 pictures · reliability [\d.]+/m);
    expect(stderr.match(/^epoch \d of 3 · /gm)).toHaveLength(3);
  });

  test("leave train's run folder, with the plan and what it came from", () => {
    expect(readdirSync(out)).toEqual(
      expect.arrayContaining(["plan.json", "importance.json", "report.html", "metrics.csv"]),
    );
    const plan = planFromJson(JSON.parse(readFileSync(join(out, "plan.json"), "utf8")), "plan.json");
    expect(plan.made?.budget).toEqual([{ unit: "macs", limit: Math.floor(read(parent).macs / 2) }]);
    const report = readFileSync(join(out, "report.html"), "utf8");
    expect(report).toContain("widths before and after");
    expect(report).toContain("refitted");
  });

  test("make a file that classify and evaluate take without another flag, and that says its plan", async () => {
    const best = join(out, "best.safetensors");
    const { description } = read(best);
    expect(description.labels).toEqual(COLOURS);
    expect(planFromJson(description.plan, best).parent.name).toBe(read(parent).architecture.name);
    const { top1 } = await json<{ top1: number }>(["evaluate", data, "--weights", best, ...REFERENCE, "--json", "-q"]);
    expect((100 * top1).toFixed(2)).toBe(/test ([\d.]+) %/.exec(stderr)?.[1]);
  });

  test("learn from the parent's answers as far as --alpha says", async () => {
    const answers = join(root, "answers");
    expect((await effnet([...WHOLE, "--alpha", "0.75", "-q", "--out", answers])).status).toBe(0);
    expect(bitsOf(answers)).not.toEqual(bitsOf(out));
  });

  test("keep their plan when they are trained on", async () => {
    const [best, on] = [join(out, "best.safetensors"), join(root, "on")];
    const args = ["train", data, "--weights", best, "--epochs", "1", ...REFERENCE, "-q", "--out", on];
    expect((await effnet(args)).status).toBe(0);
    expect(read(join(on, "best.safetensors")).description.plan).toEqual(read(best).description.plan);
  });

  test.skipIf(ort === undefined)("go out as ONNX with the same logits, plain and aligned", async () => {
    const best = join(out, "best.safetensors");
    const model = await createModel({ weights: best, backend: "reference" });
    const images = formulaInput(3, [3, 8, 8, 3]);
    const expected = await model.forward(images);
    await model.dispose();
    for (const align of ["none", "8"]) {
      const file = join(root, `aligned-${align}.onnx`);
      expect((await effnet(["export", best, file, "--align", align])).status).toBe(0);
      const logits = await outputOf(ort as Onnxruntime, readFileSync(file), images);
      expect(difference(logits, expected, { relative: 1e-4 })).toBeNull();
    }
  });

  test("killed at random moments and resumed, come to the same bits", async () => {
    const killed = join(root, "killed");
    const random = new Random(3, "kills");
    let kills = 0;
    let ended = await effnet([...WHOLE, "--checkpoint", "0", "-q", "--out", killed], {
      onStart: (child) => killWhen(child, () => existsSync(join(killed, "importance.json"))),
    });
    while (ended.signal === "SIGKILL") {
      kills++;
      const changes = 1 + random.below(4);
      ended = await effnet(["prune", "--resume", killed, "--checkpoint", "0", "-q"], {
        onStart: (child) => kills < 5 && killAfterChanges(child, killed, changes),
      });
    }
    expect([ended.status, ended.stderr]).toEqual([0, ""]);
    expect(kills).toBeGreaterThan(1);
    expect(bitsOf(killed)).toEqual(bitsOf(out));
  }, 120_000);

  test("that have ended are only weighed again by --resume", async () => {
    const before = bitsOf(out);
    const asked = ["prune", "--resume", out, "--json", "-q"];
    const again = await json<{ run: string; steps: object; validation: { top1: number } }>(asked);
    expect(again.run).toBe(out);
    expect(Object.keys(again.steps)).toEqual(["parent", "sliced", "recalibrated", "refitted", "distilled"]);
    expect(again.validation.top1).toBeGreaterThan(0.3);
    expect(bitsOf(out)).toEqual(before);
  });

  test("in two cuts, resumed between them, compose to one plan of the parent", async () => {
    const [whole, parted] = [join(root, "cuts"), join(root, "parted")];
    const CUTS = [...WHOLE, "--macs", "40%", "--rounds", "2", "--epochs", "4"];
    expect((await effnet([...CUTS, "-q", "--out", whole])).status).toBe(0);
    const ended = await effnet([...CUTS, "--out", parted], {
      onStderr: (text, child) => {
        if (/^sliced, cut 2 /m.test(text)) child.kill("SIGTERM");
      },
    });
    expect(ended.status).toBe(143);
    expect((await effnet(["prune", "--resume", parted, "-q"])).status).toBe(0);
    expect(bitsOf(parted)).toEqual(bitsOf(whole));
    const { macs, description } = read(join(whole, "best.safetensors"));
    expect(macs).toBeLessThanOrEqual(0.4 * read(parent).macs);
    expect(planFromJson(description.plan, "best").parent.shapes).toBe(
      planFromJson(read(join(out, "best.safetensors")).description.plan, "best").parent.shapes,
    );
  }, 120_000);
});

test("without epochs the network is cut, refitted and weighed, and nothing is trained", async () => {
  const out = join(root, "cut");
  const { status, stderr } = await effnet([...PRUNE, "--params", "60%", "--epochs", "0", "--out", out]);
  expect(status).toBe(0);
  expect(stderr).not.toContain("epoch");
  expect(read(join(out, "best.safetensors")).parameters).toBeLessThanOrEqual(0.6 * read(parent).parameters);
});

test("the paper's solver keeps the true budget, too, and takes no multiples", async () => {
  const out = join(root, "kp");
  const asked = ["prune", parent, "--data", data, ...REFERENCE, "--samples", "24", "--solver", "kp", "--macs", "60%"];
  expect((await effnet([...asked, "--epochs", "0", "--out", out, "-q"])).status).toBe(0);
  const [before, after] = [read(parent), read(join(out, "best.safetensors"))];
  expect(after.macs).toBeLessThanOrEqual(0.6 * before.macs);
  const plan = planFromJson(JSON.parse(readFileSync(join(out, "plan.json"), "utf8")), "plan.json");
  expect(plan.made).toMatchObject({ solver: "kp", score: "kp", curve: "sum" });

  const { status, stderr } = await effnet([...asked, "--multiple", "8"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("multiple: expected nothing")]);
});

test("a file that was pruned before is pruned again", async () => {
  const out = join(root, "again");
  const half = join(root, "half", "best.safetensors");
  const again = ["prune", half, ...PRUNE.slice(2), "--macs", "80%", "--epochs", "0", "-q", "--out", out];
  expect((await effnet(again)).status).toBe(0);
  expect(read(join(out, "best.safetensors")).macs).toBeLessThanOrEqual(0.8 * read(half).macs);
});

test.each(["tf_efficientnetv2_b0", "efficientnet_b1"] as const)(
  "%s of the family is pruned",
  async (name) => {
    const [whole, out] = [join(root, `${name}.safetensors`), join(root, name)];
    const architecture = architectureOf(name, { classes: COLOURS.length });
    const config = { ...resolve(name).config, classes: COLOURS.length };
    const metadata = descriptionMetadata({ architecture, config, labels: COLOURS });
    writeFileSync(whole, writeSafetensors(storedFrom(anyStateDict(architecture, 1)), { metadata }));
    const few = ["--input-size", "64", "--samples", "12", "--batch", "4", "--epochs", "0", "--decoders", "1"];
    const { status, stderr } = await effnet(["prune", whole, "--data", data, "--macs", "50%", ...few, "--out", out]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^refitted · validation/m)]);
    const macs = [whole, join(out, "best.safetensors")].map((file) => read(file, 64).macs);
    expect(macs[1]).toBeLessThanOrEqual(macs[0] / 2);
  },
  120_000,
);

describe("what is refused, in one line and before anything is written", () => {
  const lines = (stderr: string): string[] => stderr.split("\n").filter((line) => line.startsWith("effnet: "));

  test("a budget below what can be reached says what can", async () => {
    const { status, stderr } = await effnet([...PRUNE, "--macs", "1%", "--out", join(root, "tiny")]);
    expect(status).toBe(2);
    expect(lines(stderr)).toHaveLength(1);
    expect(stderr).toMatch(/macs: .*\d/);
  });

  test("data whose classes are not the file's", async () => {
    const other = join(root, "other");
    cpSync(data, other, { recursive: true });
    for (const split of ["train", "validation", "test"])
      renameSync(join(other, split, "red"), join(other, split, "pink"));
    const { status, stderr } = await effnet([...PRUNE, "--data", other, "--macs", "50%"]);
    expect(status).toBe(2);
    expect(lines(stderr)).toEqual([expect.stringContaining("pink")]);
  });

  test.each([
    ["no budget", [], "--macs"],
    ["a share above all", ["--macs", "150%"], "50%"],
  ])("%s", async (_, flags, hint) => {
    const { status, stderr } = await effnet([...PRUNE, ...flags]);
    expect(status).toBe(2);
    expect(stderr).toContain(hint);
  });

  test("a table of latencies that is not there", async () => {
    const { status, stderr } = await effnet([...PRUNE, "--latency", "1ms", "--table", join(root, "gone.json")]);
    expect([status, lines(stderr)]).toEqual([1, [expect.stringContaining("gone.json: could not be read")]]);
  });

  test("a pruning's folder is not a training's", async () => {
    const run = join(root, "no training");
    const begun = await effnet([...PRUNE, "--macs", "50%", "--epochs", "0", "--out", run, "-q"]);
    const { status, stderr } = await effnet(["train", "--resume", run]);
    expect([begun.status, status, lines(stderr)]).toEqual([0, 2, [expect.stringContaining("effnet prune --resume")]]);
  });

  test("a training's folder is not a pruning's", async () => {
    const { status, stderr } = await effnet(["prune", "--resume", join(root, "parent")]);
    expect([status, lines(stderr)]).toEqual([2, [expect.stringContaining("effnet train --resume")]]);
  });
});
