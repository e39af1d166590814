// Pictures in, answers out: what paths may be, what happens to a broken one, and the forms of the answer.

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { createModel } from "#effnet/model/create.js";
import { readSafetensors } from "#effnet/weights/safetensors.js";
import { effnet, json, pictures, scratch, TINY } from "./effnet.ts";

interface Row {
  readonly file: string;
  readonly error?: string;
  readonly unsure?: boolean;
  readonly predictions?: readonly { readonly index: number; readonly label: string; readonly probability: number }[];
}

const names = ["cat.jpg", "espresso.jpg", "rocket.jpg"];
const all = names.map((name) => join(pictures, name));
const cat = all[0];

/** cat.jpg under other names, and things that are no pictures. */
function folder(...files: string[]): string {
  const root = scratch();
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    copyFileSync(cat, join(root, file));
  }
  return root;
}

const filesOf = (rows: readonly Row[]): string[] => rows.map(({ file }) => file);

describe("classify", () => {
  test("--json gives what the API gives, in the order of the arguments, and only that on stdout", async () => {
    const rows = await json<Row[]>(["classify", ...all.toReversed(), ...TINY, "--json", "--top-k", "3"]);
    const model = await createModel("test_efficientnet", { seed: 1 });
    const expected = await model.classify(all.toReversed(), { inputSize: 64, topK: 3 });
    await model.dispose();
    expect(rows).toEqual(all.toReversed().map((file, i) => ({ file, predictions: expected[i] })));
  });

  test("the examples' pictures are classified by the published family with random weights", async () => {
    const args = ["classify", pictures, "--model", "efficientnet_b0", "--seed", "3", "--json"];
    const rows = await json<Row[]>(args);
    expect(filesOf(rows)).toEqual(all);
    for (const { predictions = [] } of rows) {
      expect(predictions).toHaveLength(5);
      expect(new Set(predictions.map(({ index }) => index)).size).toBe(5);
    }
    expect(await json<Row[]>([...args, "--batch", "1", "--threads", "1"])).toEqual(rows);
  });

  test("the table names the file once and shows probability, class and label", async () => {
    const { stdout, stderr } = await effnet(["classify", cat, ...TINY, "--top-k", "2"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^file +probability {2}class {2}label$/);
    expect(lines[1]).toMatch(/cat\.jpg +\d+\.\d\d % +\d+ {2}\S/);
    expect(lines[2]).toMatch(/^ +\d+\.\d\d % +\d+ {2}\S/);
    expect(stderr).toMatch(/The weights are random/);
    expect(stderr).toMatch(/1 picture · test_efficientnet at 64×64/);
    expect(stderr).toMatch(/1 picture · .* s · .* pictures\/s/);
  });

  test("--csv gives one record per class, quoted where it must be", async () => {
    const root = folder('a "b", c.jpg');
    const { stdout } = await effnet(["classify", root, ...TINY, "--csv", "--top-k", "2"]);
    const [header, first, second, end] = stdout.split("\r\n");
    expect(header).toBe("file,rank,index,label,probability,unsure,error");
    expect(first.startsWith(`"${root}/a ""b"", c.jpg",1,`)).toBe(true);
    expect(second).toContain(",2,");
    expect(end).toBe("");
  });

  test("--min-probability calls a picture unsure in every form", async () => {
    const unsure = [cat, ...TINY, "--min-probability", "0.999", "--top-k", "1"];
    expect((await effnet(["classify", ...unsure])).stdout).toContain("unsure: ");
    expect((await effnet(["classify", ...unsure, "--csv"])).stdout).toMatch(/,true,\r\n$/);
    expect((await json<Row[]>(["classify", ...unsure, "--json"]))[0].unsure).toBe(true);
    expect(
      (await json<Row[]>(["classify", cat, ...TINY, "--min-probability", "0", "--json"]))[0].unsure,
    ).toBeUndefined();
  });

  test("--out writes the whole file and nothing to stdout", async () => {
    const out = join(scratch(), "answers with space.json");
    const { status, stdout } = await effnet(["classify", cat, ...TINY, "--out", out]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(await json(["classify", cat, ...TINY, "--json"]));
  });

  test("--crop-pct, --crop-mode, --input-size and --backend reach the model", async () => {
    const options = ["--crop-pct", "0.5", "--crop-mode", "squash", "--input-size", "48x80"];
    const args = ["classify", cat, "--model", "test_efficientnet", "--seed", "1", ...options, "--json"];
    const model = await createModel("test_efficientnet", { seed: 1 });
    const [expected] = await model.classify([cat], {
      cropPct: 0.5,
      cropMode: "squash",
      inputSize: { height: 48, width: 80 },
    });
    await model.dispose();
    expect((await json<Row[]>(args))[0].predictions).toEqual(expected);
    const [{ predictions = [] }] = await json<Row[]>([...args, "--backend", "reference"]);
    expect(predictions.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
  });

  test("--exif turns a picture as its tag says; without it the tag is ignored", async () => {
    const turned = join(scratch(), "turned.jpg");
    await sharp(cat).withMetadata({ orientation: 6 }).toFile(turned);
    const rows = (flags: string[]) => json<Row[]>(["classify", turned, ...TINY, ...flags, "--json"]);
    const model = await createModel("test_efficientnet", { seed: 1 });
    const [upright] = await model.classify([turned], { inputSize: 64, exif: true });
    const [asStored] = await model.classify([turned], { inputSize: 64 });
    await model.dispose();
    expect((await rows(["--exif"]))[0].predictions).toEqual(upright);
    expect((await rows([]))[0].predictions).toEqual(asStored);
    expect(upright).not.toEqual(asStored);
  });

  test("a deprecated name answers, and says the new one", async () => {
    const { status, stderr } = await effnet(["info", "tf_efficientnet_b0_ap"]);
    expect(status).toBe(0);
    expect(stderr).toContain("tf_efficientnet_b0.ap_in1k");
  });
});

describe("paths", () => {
  const rowsOf = (args: readonly string[], options = {}): Promise<Row[]> =>
    json<Row[]>(["classify", ...args, ...TINY, "--top-k", "1", "--json"], options);

  test("a folder gives its pictures and those of its folders, 2 before 10, hidden ones left out", async () => {
    const root = folder("b10.jpg", "b2.JPG", "a/z.jpeg", "a/deep/er/y.jpg", ".hidden.jpg", ".git/x.jpg");
    writeFileSync(join(root, "notes.txt"), "no picture");
    symlinkSync(root, join(root, "a/loop"));
    expect(filesOf(await rowsOf([root]))).toEqual(
      ["b2.JPG", "b10.jpg", "a/z.jpeg", "a/deep/er/y.jpg"].map((name) => join(root, name)),
    );
  });

  test("a glob is matched by effnet where the shell did not", async () => {
    const root = folder("one.jpg", "two.jpg", "in/three.jpg", "in/four.png.jpg");
    expect(filesOf(await rowsOf(["*.jpg"], { cwd: root }))).toEqual(["one.jpg", "two.jpg"]);
    expect(filesOf(await rowsOf(["**/t*.jpg"], { cwd: root })).sort()).toEqual(["in/three.jpg", "two.jpg"]);
  });

  test("a file whose name has glob characters is taken literally", async () => {
    const root = folder("[a]*.jpg", "a.jpg");
    expect(filesOf(await rowsOf(["[a]*.jpg"], { cwd: root }))).toEqual(["[a]*.jpg"]);
  });

  test("- reads paths from stdin, one a line, folders too, CRLF or LF, blanks kept", async () => {
    const root = folder("a b.jpg", "in/c.jpg", " leading.jpg");
    const stdin = "a b.jpg\r\nin\n\n leading.jpg";
    expect(filesOf(await rowsOf(["-"], { cwd: root, stdin }))).toEqual(["a b.jpg", "in/c.jpg", " leading.jpg"]);
  });

  test("names with spaces, newlines, quotes and escape sequences come out whole in JSON and harmless in the table", async () => {
    const odd = ["a b.jpg", "new\nline.jpg", 'quo"te.jpg', "\x1b[31mred.jpg", "猫.jpg"];
    const root = folder(...odd);
    expect(filesOf(await rowsOf([root])).sort()).toEqual(odd.map((name) => join(root, name)).sort());
    const { stdout, status } = await effnet(["classify", ...odd, ...TINY, "--top-k", "1"], { cwd: root });
    expect(status).toBe(0);
    expect(stdout).not.toContain("\x1b");
    expect(stdout).toContain("new\\nline.jpg");
    expect(stdout.trimEnd().split("\n")).toHaveLength(odd.length + 1);
  });

  test("a broken picture is reported, the rest go on, and the exit code is 1", async () => {
    const root = folder("1.jpg", "3.jpg");
    writeFileSync(join(root, "2.jpg"), readFileSync(cat).subarray(0, 2000));
    writeFileSync(join(root, "4.jpg"), "");
    const args = ["classify", root, "gone.jpg", "*.nothing", ...TINY, "--top-k", "1"];
    const { status, stdout, stderr } = await effnet([...args, "--json"], { cwd: root });
    const rows = JSON.parse(stdout) as Row[];
    expect(status).toBe(1);
    expect(rows.map(({ error }) => error !== undefined)).toEqual([false, true, false, true, true, true]);
    for (const { error } of rows) if (error !== undefined) expect(stderr).toContain(`effnet: ${error}`);
    expect(rows[1].error).toContain(join(root, "2.jpg"));
    expect(stderr).toContain("4 unreadable");
    const csv = await effnet([...args, "--csv"], { cwd: root });
    expect(csv.stdout.match(/\r\n/g)).toHaveLength(1 + rows.length);
    const table = await effnet(args, { cwd: root });
    expect(table.stdout.trimEnd().split("\n")).toHaveLength(3);
  });

  test("a folder without pictures is an input that failed", async () => {
    const root = scratch();
    const { status, stdout } = await effnet(["classify", root, ...TINY, "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual([{ file: root, error: `${root}: no pictures in this folder.` }]);
  });
});

describe("embed", () => {
  interface Line {
    readonly file: string;
    readonly embedding?: readonly number[];
    readonly error?: string;
  }

  test("gives JSON lines, float32 values exactly, as the API does", async () => {
    const { status, stdout } = await effnet(["embed", ...all, ...TINY]);
    expect(status).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    const model = await createModel("test_efficientnet", { seed: 1 });
    const expected = await model.embed(all, { inputSize: 64 });
    await model.dispose();
    expect(lines.map(({ file }) => file)).toEqual(all);
    for (const [i, { embedding = [] }] of lines.entries()) {
      expect(Float32Array.from(embedding)).toEqual(expected[i].data);
    }
    expect(await json(["embed", ...all, ...TINY, "--json"])).toEqual(lines);
  });

  test("--out .safetensors holds [pictures, channels] and the names; a broken picture is left out and named", async () => {
    const root = folder("1.jpg", "3.jpg");
    writeFileSync(join(root, "2.jpg"), "no picture");
    const out = join(root, "vectors.safetensors");
    const { status, stdout, stderr } = await effnet(["embed", root, ...TINY, "--out", out]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("2.jpg");
    const { tensors, metadata } = readSafetensors(readFileSync(out), out);
    const vectors = tensors.get("embeddings");
    expect(vectors?.shape[0]).toBe(2);
    expect(JSON.parse(metadata.get("effnet.files") ?? "")).toEqual(["1.jpg", "3.jpg"].map((name) => join(root, name)));
    expect(metadata.get("effnet.model")).toBe("test_efficientnet");
  });
});
