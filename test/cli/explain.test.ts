// `effnet explain`: where the PNG goes, what is said about it, and what is refused.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decode } from "#effnet/image/decode.node.js";
import { createModel } from "#effnet/model/create.js";
import { createExplainer } from "#effnet/training/explain.js";
import { overlay } from "#effnet/training/overlay.js";
import { effnet, json, pictures, scratch, TINY } from "./effnet.ts";

interface Row {
  readonly file: string;
  readonly error?: string;
  readonly png: string;
  readonly index: number;
  readonly label: string;
  readonly probability: number;
  readonly map: readonly (readonly number[])[];
  readonly box: object;
}

/** A folder with the example's cat under each of these names. */
function folder(...files: string[]): string {
  const root = scratch();
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    copyFileSync(join(pictures, "cat.jpg"), join(root, file));
  }
  return root;
}

describe("explain", () => {
  test("writes the overlay beside the picture, and says in JSON what the API says", async () => {
    const cat = join(folder("cat.jpg"), "cat.jpg");
    const [row] = await json<Row[]>(["explain", cat, ...TINY, "--json"]);
    const model = await createModel("test_efficientnet", { seed: 1 });
    const explainer = await createExplainer(model, { inputSize: 64 });
    const { map, ...explanation } = await explainer.explain(cat);
    await model.dispose();

    expect(row).toMatchObject({ ...explanation, file: cat, png: cat.replace(".jpg", ".explained.png") });
    expect(row.map.length).toBe(map.shape[0]);
    for (const [i, heat] of row.map.flat().entries()) expect(heat).toBeCloseTo(map.data[i], 4);
    const photo = await decode(readFileSync(cat), { name: cat });
    const png = await decode(readFileSync(row.png), { name: row.png });
    expect(Uint8Array.from(png.data)).toEqual(overlay(photo, { map, box: explanation.box }).data);
  });

  test("the table names the class and the PNG", async () => {
    const root = folder("cat.jpg");
    const { status, stdout } = await effnet(["explain", "cat.jpg", ...TINY, "--class", "282"], { cwd: root });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^file +probability {2}class {2}label, picture\n/);
    expect(stdout).toMatch(/cat\.jpg +\d+\.\d\d % +282 {2}.+, cat\.explained\.png\n$/);
    expect(existsSync(join(root, "cat.explained.png"))).toBe(true);
  });

  test("--out names the PNG, or a folder for many, which is made", async () => {
    const root = folder("in/a.jpg", "in/b.jpg");
    await effnet(["explain", "in/a.jpg", ...TINY, "-o", "why.png"], { cwd: root });
    await effnet(["explain", "in", ...TINY, "-o", "out/"], { cwd: root });
    expect(readdirSync(root).sort()).toEqual(["in", "out", "why.png"]);
    expect(readdirSync(join(root, "out")).sort()).toEqual(["a.explained.png", "b.explained.png"]);
    expect(readFileSync(join(root, "why.png")).equals(readFileSync(join(root, "out/a.explained.png")))).toBe(true);
  });

  test("a broken picture is named, the others are explained, and the exit code says so", async () => {
    const root = folder("in/a.jpg", "in/c.jpg");
    writeFileSync(join(root, "in/b.jpg"), "no picture");
    const { status, stdout, stderr } = await effnet(["explain", "in", ...TINY, "-o", "out/", "--json"], { cwd: root });
    expect(status).toBe(1);
    expect(stderr).toMatch(/effnet: in\/b\.jpg: /);
    const rows = JSON.parse(stdout) as Row[];
    expect(rows.map(({ error }) => error === undefined)).toEqual([true, false, true]);
    expect(readdirSync(join(root, "out")).sort()).toEqual(["a.explained.png", "c.explained.png"]);
  });

  test.each([
    ["many pictures and no folder", ["in"], /--out: no place for 2 pictures\. Give a folder/],
    ["many pictures and a file", ["in", "-o", "why.png"], /--out: why\.png is no folder, and there are 2 pictures/],
    ["two pictures of one name", ["in/a.jpg", "other/a.jpg", "-o", "out/"], /would both become .*a\.explained\.png/],
    ["an unknown class", ["in/a.jpg", "--class", "unicorn"], /class: expected a label or an index from 0 to 999/],
    ["an unknown layer", ["in/a.jpg", "--layer", "blocks.9"], /layer: expected names of results, got "blocks\.9"/],
  ])("%s is wrong usage, and nothing is written", async (_, args, message) => {
    const root = folder("in/a.jpg", "in/b.jpg", "other/a.jpg");
    const { status, stderr } = await effnet(["explain", ...args, ...TINY], { cwd: root });
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(readdirSync(root).sort()).toEqual(["in", "other"]);
    expect(readdirSync(join(root, "in")).sort()).toEqual(["a.jpg", "b.jpg"]);
  });
});
