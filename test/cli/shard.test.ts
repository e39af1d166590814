// `--shard` and `merge` as engines call them: parts by any number of processes, killed ones included, and one result.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { COLOURS, colourFolder } from "../data/colours.ts";
import { bytesOf, makeShard } from "../data/shard-maker.ts";
import { BROKEN, folderOfPictures } from "../run/parts.ts";
import { effnet, pictures, scratch, TINY } from "./effnet.ts";
import { toyFile } from "./toy-file.ts";

interface Row {
  readonly file: string;
  readonly error?: string;
  readonly predictions?: readonly { readonly index: number; readonly label: string; readonly probability: number }[];
}

const cwd = scratch();
const one = [...TINY, "--threads", "1"];
beforeAll(() => {
  folderOfPictures(join(cwd, "photos"), 12);
});

/** Runs a command on each part of n. */
async function parts(command: string, place: string, n: number, flags: readonly string[], out: string): Promise<void> {
  for (let i = 1; i <= n; i++) {
    const ended = await effnet([command, place, ...flags, "--shard", `${i}/${n}`, "--out", out], { cwd });
    expect(ended).toMatchObject({ status: 0, stdout: "" });
  }
}

describe("merged parts", () => {
  test("of classify are what classify prints, and exit with 1 if pictures are broken", async () => {
    await parts("classify", "photos", 2, one, "two");
    const alone = await effnet(["classify", ".", ...one, "--json"], { cwd: join(cwd, "photos") });
    const lines = await effnet(["merge", "two"], { cwd });
    expect(lines).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^2 parts of classify: 13 pictures, 2 unreadable · test_efficientnet\n$/),
    });
    const answers: Row[] = JSON.parse(alone.stdout).sort((a: Row, b: Row) => (a.file < b.file ? -1 : 1));
    // What the decoder says in brackets is not recorded.
    const recorded = answers.map(({ error, ...row }) =>
      error ? { ...row, error: error.replace(/ \(.*\)/, "") } : row,
    );
    const rows: Row[] = lines.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toEqual(recorded);
    expect(rows.filter(({ error }) => error !== undefined).map(({ file }) => file)).toEqual(BROKEN);

    await effnet(["merge", "two", "--out", "two.csv"], { cwd });
    const [header, first, ...others] = readFileSync(join(cwd, "two.csv"), "utf8").split("\r\n");
    const [{ file, predictions = [] }] = rows;
    const [{ index, label, probability }] = predictions;
    expect(header).toBe("file,rank,index,label,probability,unsure,error");
    expect(first).toBe(`${file},1,${index},${label},${probability},false,`);
    expect(others).toHaveLength(11 * 5 - 1 + 2 + 1);
  });

  test("of embed are one tensor, as embed writes it", async () => {
    const good = folderOfPictures(join(cwd, "few"), 5);
    await parts("embed", "few", 2, one, "vectors");
    expect((await effnet(["merge", "vectors", "--out", "merged.safetensors"], { cwd })).status).toBe(1);
    const alone = join(cwd, "alone.safetensors");
    expect((await effnet(["embed", ".", ...one, "--out", alone], { cwd: good })).status).toBe(1);
    expect(readFileSync(join(cwd, "merged.safetensors"))).toEqual(readFileSync(alone));
  });

  describe("of evaluate are the figures that evaluate gives, to the last digit,", () => {
    beforeAll(() => {
      colourFolder(join(cwd, "colours"), { test: 4 });
      writeFileSync(join(cwd, "colours/test/red/0.png"), "no picture");
      toyFile(join(cwd, "toy.safetensors"), COLOURS);
    });

    async function compare(place: string, count: number): Promise<void> {
      const flags = ["--weights", "toy.safetensors", "--threads", "1", "--decoders", "0"];
      await parts("evaluate", place, 2, flags, `${place} evaluated`);
      const alone = await effnet(["evaluate", place, ...flags, "--json"], { cwd });
      const joined = await effnet(["merge", `${place} evaluated`, "--json"], { cwd });
      expect(JSON.parse(joined.stdout).count).toBe(count);
      expect(joined.stdout).toBe(alone.stdout);
      expect(joined.status).toBe(alone.status);
    }

    test("of a folder with a broken picture", () => compare("colours", 11));

    test("of tar shards whose samples are in no order", async () => {
      mkdirSync(join(cwd, "tars"));
      for (const [t, label] of COLOURS.entries()) {
        const members = [2, 1, 3].flatMap((n): (readonly [string, string | Uint8Array])[] => [
          [`${label}_${n}.png`, readFileSync(join(cwd, "colours/test", label, `${n}.png`))],
          [`${label}_${n}.cls`, String(t)],
        ]);
        const name = `test-00000${t}.tar`;
        writeFileSync(join(cwd, "tars", name), await bytesOf(await makeShard(name, members)));
      }
      await compare("tars", 9);
    });
  });

  test("that are not all there are named, nothing is written, and the exit code is 2", async () => {
    await effnet(["classify", "few", ...one, "--shard", "2/4", "--out", "some"], { cwd });
    const ended = await effnet(["merge", "some", "--out", "some.jsonl"], { cwd });
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toBe(
      "effnet: parts: 3 of 4 parts are missing: 1,3,4. Run those again (--shard i/4), then merge.\n",
    );
    expect(readdirSync(cwd)).not.toContain("some.jsonl");
  });
});

describe("a worker", () => {
  const cat = join(pictures, "cat.jpg");
  /** Minutes of work: many names for one picture. */
  const many = Array.from({ length: 900 }, (_, i) => `${pictures}${"/.".repeat(i)}/cat.jpg`).join("\n");
  const endless = ["classify", "-", ...one, "--batch", "1", "--shard", "1/1", "--out"];

  function whenBegun(signal: NodeJS.Signals) {
    let isSent = false;
    return (stderr: string, child: { kill(signal: NodeJS.Signals): boolean }): void => {
      if (isSent || !/part 1 of 1: /.test(stderr)) return;
      isSent = true;
      setTimeout(() => child.kill(signal), 300);
    };
  }

  test("that is killed in mid-part leaves no part, and the next one makes it", async () => {
    const killed = await effnet([...endless, "killed"], {
      cwd,
      stdin: many,
      onStderr: whenBegun("SIGKILL"),
    });
    expect(killed.signal).toBe("SIGKILL");
    const left = readdirSync(join(cwd, "killed"));
    expect(left).toEqual([expect.stringMatching(/^\.part-00001-of-00001\.jsonl\.\w{8}\.partial$/)]);
    const again = await effnet(["classify", cat, ...one, "--shard", "1/1", "--out", "killed"], { cwd });
    expect(again.status).toBe(0);
    expect(again.stderr).toMatch(/part 1 of 1: 1 picture · .* pictures\/s/);
    const all = await effnet(["merge", "killed", "--json"], { cwd });
    expect([all.status, JSON.parse(all.stdout).length]).toEqual([0, 1]);
    const third = await effnet(["classify", cat, ...one, "--shard", "1/1", "--out", "killed"], { cwd });
    expect(third).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/there already; --force does it again\n$/),
    });
  });

  test("that is told to stop leaves nothing and exits with 143", async () => {
    const ended = await effnet([...endless, "stopped"], {
      cwd,
      stdin: many,
      onStderr: whenBegun("SIGTERM"),
    });
    expect(ended).toMatchObject({ status: 143, stdout: "" });
    expect(ended.stderr).toMatch(/stopped after \d+ pictures?; the part is not there/);
    expect(readdirSync(join(cwd, "stopped"))).toEqual([]);
  });

  test("takes its part from the engine's environment, and its threads from what it was given", async () => {
    const env = { SLURM_ARRAY_TASK_ID: "2", EFFNET_SHARDS: "4", SLURM_CPUS_PER_TASK: "1" };
    const ended = await effnet(["classify", "few", ...TINY, "--shard", "auto", "--out", "auto"], { cwd, env });
    expect(ended.stderr).toMatch(/part 2 of 4: .* of 6 pictures · test_efficientnet at 64×64 · wasm, 1 thread\n/);
    expect(readdirSync(join(cwd, "auto"))).toContain("part-00002-of-00004.jsonl");
  });

  test.each([
    [["--shard", "5/4", "--out", "x"], /--shard: expected i\/n/],
    [["--shard", "1/4"], /--shard: needs a folder for the parts\. Give --out FOLDER/],
    [["--shard", "1/4", "--out", "x", "--json"], /--json: parts are JSON lines/],
    [["--shard", "auto", "--out", "x"], /auto: expected EFFNET_SHARD/],
    [["--shard", "1/4", "--out", "photos/no picture.jpg"], /is a file\. With --shard it is a folder/],
  ])("refuses %j", async (flags, line) => {
    const ended = await effnet(["classify", "few", ...one, ...flags], { cwd });
    expect(ended).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(line) });
  });
});
