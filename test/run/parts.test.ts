// Parts of one run as files, and joined: the same for every n, whole or not there, and never of two runs.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError, FileError, UsageError } from "#effnet/errors.js";
import { createModel } from "#effnet/model/create.js";
import type { Model } from "#effnet/model/model.js";
import { classifyPart, embedPart, openParts, picturesBelow, shardOf } from "#effnet/run/index.js";
import { pngOf } from "../data/pictures.ts";
import { BROKEN, folderOfPictures } from "./parts.ts";

const scratch = mkdtempSync(join(tmpdir(), "effnet-parts-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const newFolder = (): string => mkdtempSync(join(scratch, "out-"));
const photos = folderOfPictures(join(scratch, "photos"), 20);

const size = { inputSize: 32, topK: 3 };
let model: Model;
beforeAll(async () => {
  model = await createModel("test_efficientnet", { seed: 1, threads: 1 });
});
afterAll(() => model.dispose());

/** Makes some parts of n. */
async function classified(out: string, count: number, indices = Array.from({ length: count }, (_, i) => i + 1)) {
  for (const index of indices) await classifyPart(model, photos, { ...size, shard: { index, count }, out });
  return out;
}

async function merged(out: string): Promise<{ file: string; text: string }[]> {
  const lines = [];
  for await (const line of (await openParts([out])).lines()) lines.push(line);
  return lines;
}

describe("parts", () => {
  test("of 1, 5 and 8 are merged to the same bytes: the model's own answers, by name", async () => {
    const [one, five, eight] = [1, 5, 8].map(async (count) => merged(await classified(newFolder(), count)));
    const lines = await one;
    expect(await five).toEqual(lines);
    expect(await eight).toEqual(lines);

    const names = lines.map(({ file }) => file);
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(21);
    for (const { file, text } of lines) {
      const line = JSON.parse(text);
      if (file === BROKEN[0]) {
        expect(line).toEqual({ file, error: `${file}: the PNG data is broken or cut off. Fetch or export it again.` });
      } else if (file === BROKEN[1])
        expect(line).toEqual({ file, error: expect.stringMatching(`^${file}: not a JPEG`) });
      else {
        const predictions = await model.classify(join(photos, file), size);
        expect(line).toEqual({ file, predictions });
      }
    }
  });

  test("say nothing of where, when and by how many", async () => {
    const text = (await merged(await classified(newFolder(), 2))).map((line) => line.text).join("\n");
    expect(text).not.toContain(scratch);
    expect(text).not.toMatch(/shard|part|thread|time|Ms/);
  });

  test("hold each picture once, in the part that its name says", async () => {
    const out = await classified(newFolder(), 5);
    for (let index = 1; index <= 5; index++) {
      const lines = readFileSync(join(out, `part-0000${index}-of-00005.jsonl`), "utf8")
        .trim()
        .split("\n");
      for (const line of lines.filter(Boolean)) expect(shardOf(JSON.parse(line).file, 5)).toBe(index);
    }
  });

  test("of embeddings tell every float32", async () => {
    const out = newFolder();
    await embedPart(model, photos, { inputSize: 32, shard: "1/1", out });
    for (const { file, text } of await merged(out)) {
      if (BROKEN.includes(file)) continue;
      const { data } = await model.embed(join(photos, file), { inputSize: 32 });
      expect(Float32Array.from(JSON.parse(text).embedding)).toEqual(data);
    }
  });

  test("may have no picture at all", async () => {
    const out = newFolder();
    const one = [{ name: "only.png", path: join(photos, "a/00.png") }];
    for (const shard of ["1/3", "2/3", "3/3"]) await classifyPart(model, one, { ...size, shard, out });
    expect((await merged(out)).map(({ file }) => file)).toEqual(["only.png"]);
  });

  test("call a picture unsure below the probability that is asked for", async () => {
    const out = newFolder();
    await classifyPart(model, photos, { ...size, shard: "1/1", out, minProbability: 0.999 });
    expect(JSON.parse((await merged(out))[0].text).unsure).toBe(true);
  });

  test("tell each broken picture, and count it", async () => {
    const told: string[] = [];
    const part = await classifyPart(model, photos, {
      ...size,
      shard: "1/1",
      out: newFolder(),
      onBroken: (line) => told.push(line),
    });
    expect([part.pictures, part.broken, part.wasDone]).toEqual([21, 2, false]);
    expect(told.map((line) => line.split(":")[0])).toEqual(BROKEN.map((name) => join(photos, name)));
  });
});

describe("a part that is there", () => {
  const options = { ...size, shard: "2/3" };

  test("is done: nothing is computed, unless by force", async () => {
    const out = await classified(newFolder(), 3, [2]);
    const path = join(out, "part-00002-of-00003.jsonl");
    const before = statSync(path);
    const deaf = Object.assign(Object.create(model) as Model, {
      classifyEach: () => {
        throw new Error("computed");
      },
    });
    Object.defineProperty(deaf, "config", { value: model.config });
    deaf.stateDict = () => model.stateDict();
    deaf.transform = (asked) => model.transform(asked);
    expect(await classifyPart(deaf, photos, { ...options, out })).toMatchObject({ wasDone: true });
    expect(statSync(path).mtimeMs).toBe(before.mtimeMs);
    await expect(classifyPart(deaf, photos, { ...options, out, force: true })).rejects.toThrow("computed");
    expect(await classifyPart(model, photos, { ...options, out, force: true })).toMatchObject({ wasDone: false });
    expect(statSync(path).ino).not.toBe(before.ino);
  });

  test("is refused if it is of other weights or options", async () => {
    const out = await classified(newFolder(), 3, [2]);
    const other = await createModel("test_efficientnet", { seed: 2, threads: 1 });
    await expect(classifyPart(other, photos, { ...options, out })).rejects.toThrow(/other weights.*--force/);
    await other.dispose();
    const asked = classifyPart(model, photos, { ...options, out, topK: 4 });
    await expect(asked).rejects.toThrow(/was with topK 3, not 4/);
    await expect(asked).rejects.toBeInstanceOf(UsageError);
  });

  test("is done again if pictures have joined it, and the others stay", async () => {
    const more = folderOfPictures(join(newFolder(), "photos"), 6);
    const out = newFolder();
    const all = async (): Promise<boolean[]> => {
      const done = [];
      for (const shard of ["1/3", "2/3", "3/3"]) {
        done.push((await classifyPart(model, more, { ...size, shard, out })).wasDone);
      }
      return done;
    };
    await all();
    writeFileSync(join(more, "new.png"), pngOf(99));
    expect(await all()).toEqual([1, 2, 3].map((index) => shardOf("new.png", 3) !== index));
    expect((await merged(out)).map(({ file }) => file)).toContain("new.png");
  });

  test("but is cut off is done again", async () => {
    const out = await classified(newFolder(), 3, [2]);
    const path = join(out, "part-00002-of-00003.jsonl");
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, 100));
    expect(await classifyPart(model, photos, { ...options, out })).toMatchObject({ wasDone: false });
    expect(readFileSync(path)).toEqual(whole);
  });
});

describe("a part that is not finished leaves nothing", () => {
  test("when its signal aborts", async () => {
    const out = newFolder();
    const stop = new AbortController();
    const work = classifyPart(model, photos, {
      ...size,
      ...{ shard: "1/1", out, batch: 1, signal: stop.signal },
      onProgress: ({ done }) => done === 3 && stop.abort(new Error("enough")),
    });
    await expect(work).rejects.toThrow("enough");
    expect(readdirSync(out)).toEqual([]);
  });

  test("when the engine breaks: that is no picture's fault", async () => {
    const out = newFolder();
    const broken = Object.assign(Object.create(model) as Model, {
      classifyEach: async function* () {
        yield { item: "x", error: new EngineError("a worker died.") };
      },
    });
    Object.defineProperty(broken, "config", { value: model.config });
    broken.stateDict = () => model.stateDict();
    broken.transform = (asked) => model.transform(asked);
    await expect(classifyPart(broken, photos, { ...size, shard: "1/1", out })).rejects.toBeInstanceOf(EngineError);
    expect(readdirSync(out)).toEqual([]);
  });

  test("what a killed process left an hour ago goes when the part is made", async () => {
    const out = newFolder();
    const old = join(out, ".part-00001-of-00001.jsonl.0123abcd.partial");
    writeFileSync(old, "");
    const { utimesSync } = await import("node:fs");
    utimesSync(old, 0, 0);
    writeFileSync(join(out, ".part-00001-of-00001.jsonl.4567abcd.partial"), "");
    await classified(out, 1);
    expect(readdirSync(out).sort()).toEqual([
      ".part-00001-of-00001.jsonl.4567abcd.partial",
      "part-00001-of-00001.jsonl",
      "part-00001-of-00001.meta.json",
    ]);
  });
});

describe("joining refuses", () => {
  let parts: string;
  beforeAll(async () => {
    parts = await classified(newFolder(), 3);
  });
  /** A copy of the three parts, to be spoilt. */
  const copied = (): string => {
    const folder = newFolder();
    for (const name of readdirSync(parts)) copyFileSync(join(parts, name), join(folder, name));
    return folder;
  };
  const drained = async (folder: string): Promise<void> => {
    for await (const _ of (await openParts([folder])).lines());
  };

  test("missing parts, as a list to paste", async () => {
    const out = await classified(newFolder(), 5, [1, 4]);
    await expect(openParts([out])).rejects.toThrow(/^parts: 3 of 5 parts are missing: 2,3,5\. Run those again/);
  });

  test("a folder without parts", async () => {
    await expect(openParts([photos])).rejects.toThrow(
      /expected files such as part-00001-of-00008\.jsonl .* found none/,
    );
    await expect(openParts([join(scratch, "nowhere")])).rejects.toThrow(/nowhere: could not be read/);
  });

  test("parts of another n, and one part twice", async () => {
    const folder = copied();
    await expect(openParts([folder, parts])).rejects.toThrow(/are the same part/);
    await classified(folder, 5, [1]);
    await expect(openParts([folder])).rejects.toThrow(/is one of 3, .* one of 5|is one of 5, .* one of 3/);
  });

  test("parts of other options, naming them", async () => {
    const folder = copied();
    const other = { inputSize: 32, topK: 2, out: folder, force: true };
    for (const shard of ["2/3", "3/3"]) await classifyPart(model, photos, { ...other, shard });
    await expect(openParts([folder])).rejects.toThrow(/^parts: 2,3 of 3: with topK 2, not 3 as part 1/);
  });

  test("a part whose bytes are not those that were written", async () => {
    const folder = copied();
    const path = join(folder, "part-00002-of-00003.jsonl");
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      text.replace(/0\.\d/, (digits) => (digits === "0.1" ? "0.2" : "0.1")),
    );
    await expect(drained(folder)).rejects.toThrow(/is not the file that its \.meta\.json describes/);
    writeFileSync(path, text.slice(0, -1));
    await expect(drained(folder)).rejects.toThrow(FileError);
  });

  test("a part whose description is missing or is none", async () => {
    const folder = copied();
    const path = join(folder, "part-00002-of-00003.meta.json");
    const meta = JSON.parse(readFileSync(path, "utf8"));
    for (const [text, line] of [
      ["{", /is not JSON/],
      ["[]", /the file: expected an object/],
      [JSON.stringify({ ...meta, command: "rm" }), /command: expected classify, embed, evaluate, got "rm"/],
      [JSON.stringify({ ...meta, pictures: -1 }), /pictures: expected a whole number, got -1/],
      [JSON.stringify({ ...meta, model: "x" }), /model: expected an object/],
      [JSON.stringify({ ...meta, shard: { index: 1, count: 3 } }), /as .*meta\.json says/],
    ] as const) {
      writeFileSync(path, text);
      await expect(drained(folder)).rejects.toThrow(line);
    }
    rmSync(path);
    await expect(drained(folder)).rejects.toThrow(/meta\.json: could not be read/);
  });
});

test("names are relative to the folder, with slashes, whatever the folder is called", async () => {
  const names = (await picturesBelow(`${photos}/`)).map(({ name }) => name);
  expect(names).toContain("a/00.png");
  expect(names).toHaveLength(21);
});
