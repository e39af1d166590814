// The commands and programs of the documents do what the documents say: they run beside the packed package.

import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel, storedFrom, writeSafetensors } from "#effnet/index.js";
import { packed, root } from "../package/packed.ts";
import { blocks, documents } from "./documents.ts";

const WEIGHTS = join(root, "../shared/weights/tf_efficientnetv2_b0.safetensors");
const areHere = existsSync(WEIGHTS);
if (!areHere) console.warn("skipped: commands that read weights (../shared/weights is not here)");

/** Not of effnet, or what runs these tests: npm, git, bench and CI. Their scripts are checked in paths.test.ts. */
const ELSEWHERE = /^(npm|npx --no-install|git|\.ci\/run|cd|curl)\b/;

interface Command {
  readonly document: string;
  readonly text: string;
  /** What the document shows below it; null if nothing. */
  readonly output: string | null;
}

/** `sh` blocks: a command a line. `console` blocks: `$ command`, then its output. */
const commands: readonly Command[] = documents.flatMap((document) =>
  blocks(document).flatMap(({ language, text }): Command[] => {
    if (language === "sh") {
      const lines = text.split("\n").map((line) => line.replace(/\s+#.*$/, "").trim());
      return lines.filter(Boolean).map((line) => ({ document, text: line, output: null }));
    }
    if (language !== "console") return [];
    return [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, line, output]) => ({
      document,
      text: line,
      output,
    }));
  }),
);

const ours = commands
  .map((command) => ({ ...command, text: command.text.replace(/^npm ci && npx /, "") }))
  .filter(({ text }) => !ELSEWHERE.test(text));

describe("a command of the documents", () => {
  const folder = mkdtempSync(join(tmpdir(), "effnet-docs-"));

  beforeAll(async () => {
    symlinkSync(join(packed(), "node_modules"), join(folder, "node_modules"), "junction");
    const pictures = join(root, "examples/pictures");
    cpSync(pictures, join(folder, "examples/pictures"), { recursive: true });
    cpSync(pictures, join(folder, "photos"), { recursive: true });
    for (const name of readdirSync(pictures)) cpSync(join(pictures, name), join(folder, name));
    cpSync(join(pictures, "cat.jpg"), join(folder, "photo.jpg"));
    for (const name of readdirSync(pictures).filter((name) => name.endsWith(".jpg"))) {
      const [label] = name.split(".");
      for (const split of ["train", "validation"])
        cpSync(join(pictures, name), join(folder, "clothes", split, label, name));
    }
    const pruned = await createModel("efficientnet_b1_pruned", { seed: 1, threads: 1 });
    writeFileSync(join(folder, "w.safetensors"), writeSafetensors(storedFrom(await pruned.stateDict())));
    await pruned.dispose();
    if (areHere) symlinkSync(WEIGHTS, join(folder, "model.safetensors"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const readsWeights = (text: string): boolean => /model\.safetensors/.test(text);

  for (const { document, text, output } of ours) {
    test.skipIf(readsWeights(text) && !areHere)(`${document}: ${text}`, async () => {
      expect(text).toMatch(/^effnet /);
      const path = `${join(folder, "node_modules/.bin")}:${process.env["PATH"]}`;
      const { stdout } = await promisify(execFile)("sh", ["-c", text], {
        cwd: folder,
        env: { ...process.env, PATH: path, NO_COLOR: "1", HF_HUB_OFFLINE: "1", HF_HOME: folder, TORCH_HOME: folder },
      });
      if (output !== null) expect(stdout).toBe(output);
    });
  }

  test.skipIf(!areHere)("the README's picture shows the classes and shares that are found today", async () => {
    const model = await createModel("tf_efficientnetv2_b0", { weights: WEIGHTS, threads: 1 });
    const drawing = readFileSync(join(root, "docs/pictures/photos.svg"), "utf8");
    const shown = [...drawing.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    const photos = ["cat.jpg", "espresso.jpg", "rocket.jpg"].map((name) => join(folder, name));
    const found = await model.classify(photos, { topK: 3, testSize: true });
    await model.dispose();
    expect(shown).toEqual(
      found.flat().flatMap(({ label, probability }) => [label, `${(100 * probability).toFixed(1)} %`]),
    );
  });

  const programs = documents.flatMap((document) =>
    blocks(document)
      .filter(({ language }) => language === "ts")
      .map(({ text, line }) => ({ document, text, line })),
  );

  for (const [index, { document, text, line }] of programs.entries()) {
    test.skipIf(readsWeights(text) && !areHere)(
      `${document}, the program of line ${line} compiles and runs`,
      async () => {
        const home = join(folder, `program-${index}`);
        mkdirSync(home);
        for (const name of readdirSync(folder).filter((name) => /\.(jpg|safetensors)$/.test(name))) {
          symlinkSync(join(folder, name), join(home, name));
        }
        writeFileSync(join(home, "package.json"), '{ "type": "module" }');
        writeFileSync(join(home, "program.ts"), text);
        const tsc = [
          join(root, "node_modules/typescript/bin/tsc"),
          "--strict",
          "--target",
          "es2022",
          "--module",
          "nodenext",
        ];
        const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
        execFileSync(process.execPath, [...tsc, ...types, "program.ts"], {
          cwd: home,
          stdio: ["ignore", "inherit", "inherit"],
        });
        await promisify(execFile)(process.execPath, ["program.js"], { cwd: home });
      },
    );
  }

  test("the first screen of the README holds the main command with its output and the tests' command", () => {
    const first = blocks("README.md").filter(({ line }) => line < 40);
    const main = first.find(({ language }) => language === "console")?.text ?? "";
    expect(main).toMatch(/^\$ npm ci && npx effnet classify .*\n(?:.+\n){3,}/);
    expect(first.map(({ text }) => text)).toContain("npm test\n");
  });
});
