import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { FileError, UsageError } from "#effnet/errors.js";
import { Random } from "#effnet/random.js";
import { type Checkpoint, checkpointBytes, readCheckpoint } from "#effnet/run/checkpoint.js";
import { RunFolder } from "#effnet/run/folder.js";
import type { StateDict } from "#effnet/tensor.js";
import { readSafetensors } from "#effnet/weights/safetensors.js";

const scratch = mkdtempSync(join(tmpdir(), "effnet-run-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const MOST_KILLS = 40;

let path: string;
let count = 0;
beforeEach(() => {
  path = join(scratch, String(count++));
});

const CONFIG = { command: ["train", "photos"], seed: 1 };

function filled(value: number): StateDict {
  return new Map([
    ["conv_stem.weight", { shape: [2, 3, 1, 1], data: new Float32Array(6).fill(value) }],
    ["bn1.num_batches_tracked", { shape: [], data: new Float32Array([7]) }],
  ]);
}

function checkpointOf(value: number): Checkpoint {
  const tensors = new Map([
    ["weights", filled(value)],
    ["firstMoment", filled(-value)],
  ]);
  return { tensors, description: { recipe: { rate: 0.1 } }, place: { update: value } };
}

describe("a checkpoint", () => {
  test("comes back as it was written, to the last bit of a double", () => {
    const exact = new Map([["w", { shape: [2], data: new Float64Array([0.1, 1 / 3]) }]]);
    const written: Checkpoint = {
      ...checkpointOf(3),
      tensors: new Map([
        ["weights", filled(3)],
        ["average", exact],
      ]),
    };
    const read = readCheckpoint(checkpointBytes(written), "last.safetensors");
    expect(read.tensors).toEqual(written.tensors);
    expect(read.place).toEqual({ update: 3 });
    expect(read.description.recipe).toEqual({ rate: 0.1 });
  });

  test("has its weights under timm's names, and counters as torch has them", () => {
    const { tensors } = readSafetensors(checkpointBytes(checkpointOf(3)), "last.safetensors");
    expect([...tensors.keys()]).toEqual([
      "conv_stem.weight",
      "bn1.num_batches_tracked",
      "firstMoment/conv_stem.weight",
      "firstMoment/bn1.num_batches_tracked",
    ]);
    expect(tensors.get("bn1.num_batches_tracked")).toMatchObject({ dtype: "I64", data: new BigInt64Array([7n]) });
  });

  test("is not made of a weights file", () => {
    const { tensors } = checkpointOf(1);
    const bytes = checkpointBytes({ tensors, description: {}, place: null });
    const text = new TextDecoder("latin1").decode(bytes).replace("effnet.place", "effnet.plate");
    expect(() => readCheckpoint(Buffer.from(text, "latin1"), "b0.safetensors")).toThrow(
      new FileError("b0.safetensors", "holds weights but no run to go on with. Pass it as weights."),
    );
  });
});

describe("a run folder", () => {
  test("holds config, tables, checkpoints and a log from the start", async () => {
    const folder = await RunFolder.create(path, CONFIG);
    await folder.measure({ update: 10, epoch: 0.5, rate: 0.001, train_loss: 2.25 });
    await folder.measure({ update: 20, epoch: 1, eval_loss: 2, eval_top1: 0.5 });
    await folder.log("photos/x.jpg: not a JPEG, PNG or WebP file.");
    await folder.best(checkpointBytes(checkpointOf(1)));
    await folder.checkpoint(checkpointOf(20));
    await folder.report("<!doctype html>");
    await folder.close();
    expect(readdirSync(path).sort()).toEqual([
      "best.safetensors",
      "config.json",
      "events",
      "last.safetensors",
      "log.txt",
      "metrics.csv",
      "report.html",
      "time.json",
    ]);
    expect(JSON.parse(readFileSync(join(path, "config.json"), "utf8"))).toEqual(CONFIG);
    expect(readFileSync(join(path, "metrics.csv"), "utf8")).toBe(
      "update,epoch,rate,train_loss,pictures_per_second,waited,eval_loss,eval_top1,eval_top5," +
        "average_loss,average_top1,average_top5\n10,0.5,0.001,2.25,,,,,,,,\n20,1,,,,,2,0.5,,,,\n",
    );
    expect(readFileSync(join(path, "log.txt"), "utf8")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z photos\/x\.jpg: not a/);
    expect(await folder.rows()).toEqual([
      { update: 10, epoch: 0.5, rate: 0.001, train_loss: 2.25 },
      { update: 20, epoch: 1, eval_loss: 2, eval_top1: 0.5 },
    ]);
    expect(readdirSync(join(path, "events"))).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d+\./)]);
  });

  test("that holds a run is not begun anew", async () => {
    await (await RunFolder.create(path, CONFIG)).close();
    await expect(RunFolder.create(path, CONFIG)).rejects.toThrow(
      new UsageError("out", `${path} holds a run. Go on with it by --resume ${path}, or name another folder.`),
    );
  });

  test("resumed holds what it held at its last checkpoint, and the log", async () => {
    const folder = await RunFolder.create(path, CONFIG);
    const events = join(path, "events", readdirSync(join(path, "events"))[0]);
    await folder.measure({ update: 1, train_loss: 3 });
    await folder.checkpoint(checkpointOf(1));
    const [metricsBytes, eventsBytes] = [statSync(join(path, "metrics.csv")).size, statSync(events).size];
    await folder.measure({ update: 2, train_loss: 2 });
    await folder.log("update 2");
    await folder.close();

    const { folder: again, config, checkpoint } = await RunFolder.resume(path);
    expect(config).toEqual(CONFIG);
    expect(checkpoint).toEqual(readCheckpoint(checkpointBytes(checkpointOf(1)), ""));
    expect([statSync(join(path, "metrics.csv")).size, statSync(events).size]).toEqual([metricsBytes, eventsBytes]);
    expect(await again.rows()).toEqual([{ update: 1, train_loss: 3 }]);
    await again.measure({ update: 2, train_loss: 2 });
    expect(await again.rows()).toHaveLength(2);
    expect(readdirSync(join(path, "events"))).toHaveLength(1);
    expect(readFileSync(join(path, "log.txt"), "utf8")).toContain("update 2");
    await again.close();
  });

  test("resumed counts the time of all its processes", async () => {
    const folder = await RunFolder.create(path, CONFIG);
    await folder.checkpoint(checkpointOf(1));
    await folder.close();
    writeFileSync(join(path, "time.json"), '{"seconds": 3600}');
    const { folder: again } = await RunFolder.resume(path);
    expect(again.spentMs).toBeGreaterThan(3_600_000);
    await again.checkpoint(checkpointOf(2));
    await again.close();
    expect(JSON.parse(readFileSync(join(path, "time.json"), "utf8")).seconds).toBeGreaterThan(3600);
    writeFileSync(join(path, "time.json"), "by hand");
    const { folder: third } = await RunFolder.resume(path);
    expect(third.spentMs).toBeLessThan(3_600_000);
    await third.close();
  });

  test("killed before its first checkpoint begins anew", async () => {
    const folder = await RunFolder.create(path, CONFIG);
    await folder.measure({ update: 1, train_loss: 3 });
    await folder.close();
    writeFileSync(join(path, ".last.safetensors.0123abcd.partial"), "half");
    const resumed = await RunFolder.resume(path);
    expect(resumed.checkpoint).toBe(null);
    expect(await resumed.folder.rows()).toEqual([]);
    expect(readdirSync(path)).not.toContain(".last.safetensors.0123abcd.partial");
    await resumed.folder.close();
  });

  test("that is none is refused in words", async () => {
    await expect(RunFolder.resume(path)).rejects.toThrow(
      new UsageError("resume", `expected the folder of a run, got ${path}, which holds nothing. Check the path.`),
    );
  });
});

test("a folder that another process writes is refused by its number; what a killed one left is taken over", async () => {
  const folder = await RunFolder.create(path, CONFIG);
  await expect(RunFolder.resume(path)).rejects.toThrow(
    new UsageError(
      "out",
      `${path} is being written by process ${process.pid}. Wait for it; if it is gone, remove ${join(path, ".lock")}.`,
    ),
  );
  await folder.close();
  expect(readdirSync(path)).not.toContain(".lock");
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(join(path, ".lock"), JSON.stringify({ host: hostname(), process: gone }));
  await (await RunFolder.resume(path)).folder.close();
  writeFileSync(join(path, ".lock"), JSON.stringify({ host: "elsewhere", process: gone }));
  await expect(RunFolder.resume(path)).rejects.toThrow(`is being written by process ${gone} of elsewhere`);
});

test("a checkpoint that there is no room for leaves the one before, and nothing beside it", async () => {
  await (await RunFolder.create(path, CONFIG)).close();
  // The second checkpoint is larger than any file may be: the closest to a full disk that every user can have.
  const script = fileURLToPath(new URL("./larger-checkpoints.mjs", import.meta.url));
  const child = spawn("bash", ["-c", `ulimit -f 1000; exec "$0" "$1" "$2"`, process.execPath, script, path]);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  await once(child, "close");
  const what = "files may not be that large here (ulimit -f). Raise the limit and try again.";
  const advice = `The last checkpoint is whole: go on with --resume ${path}`;
  expect(stderr).toBe(`${path}/last.safetensors: ${what} ${advice}\n`);
  expect(readdirSync(path).filter((name) => name.startsWith("."))).toEqual([]);
  const { folder, checkpoint } = await RunFolder.resume(path);
  expect(checkpoint?.place).toBe(1);
  await folder.close();
});

test("a process killed at any moment, in mid-checkpoint too, leaves a whole checkpoint and tables that fit it", async () => {
  await (await RunFolder.create(path, CONFIG)).close();
  const random = new Random(5, "kills");
  let last = 0;
  let halves = 0;
  // Six, and on until one met a checkpoint in the making: a busy machine may need more.
  for (let kill = 0; kill < 6 || (halves === 0 && kill < MOST_KILLS); kill++) {
    const child = spawn(process.execPath, [fileURLToPath(new URL("./checkpoints.mjs", import.meta.url)), path], {
      stdio: ["ignore", last === 0 ? "pipe" : "ignore", "inherit"],
    });
    if (child.stdout !== null) await once(child.stdout, "data");
    const killed = once(child, "exit");
    await setTimeout(random.uniform(150, 500));
    if (kill % 2 === 1) await inTheMaking(path);
    child.kill("SIGKILL");
    await killed;
    halves += readdirSync(path).some((name) => name.endsWith(".partial")) ? 1 : 0;
    const { folder, checkpoint } = await RunFolder.resume(path);
    const n = checkpoint?.place as number;
    expect(n).toBeGreaterThanOrEqual(Math.max(last, 2));
    const tensor = checkpoint?.tensors.get("weights")?.get("w");
    expect(tensor?.data.every((value) => value === n)).toBe(true);
    const rows = await folder.rows();
    expect(rows).toHaveLength(2 * n);
    expect(rows.at(-1)).toEqual({ update: n, eval_loss: n });
    await folder.close();
    last = n;
  }
  expect(halves).toBeGreaterThan(0); // else the kills missed what they are about
}, 120_000);

/** Returns when a file of the run is half-written. */
async function inTheMaking(run: string): Promise<void> {
  while (!readdirSync(run).some((name) => name.endsWith(".partial"))) await setImmediate();
}
