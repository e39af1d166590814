// The packed package: what is in it, and that every promised Node can import and require it.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { node24, node26, outputOf } from "../node24.ts";
import { packed, root } from "./packed.ts";

const folders: string[] = [];
const nodes = [
  { name: `Node ${process.versions.node}`, binary: process.execPath },
  { name: "Node 24", binary: node24() },
  { name: "Node 26", binary: node26() },
];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test("the tarball holds the documents and, under dist/, nothing that has no source", () => {
  const [{ files }] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  const documents = paths.filter((path) => !path.startsWith("dist/")).sort();
  expect(documents).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "NOTICE",
    "README.md",
    "models/README.md",
    "models/effnet_cifar10.safetensors",
    "package.json",
  ]);
  const sourceless = paths.filter((path) => {
    const stem = path.replace(/^dist\//, "src/").replace(/(\.d\.ts|\.js|\.js\.map)$/, "");
    return path.startsWith("dist/") && !existsSync(join(root, `${stem}.ts`));
  });
  expect(sourceless, "left over from an older build: remove dist/ and build again").toEqual([]);
});

for (const { name, binary } of nodes) {
  test.skipIf(binary === undefined)(`${name} imports and requires every entry point`, async () => {
    const importing = `import * as main from "effnet"; import * as rooms from "effnet/architecture";
      import { classifyPart } from "effnet/run"; import { groups } from "effnet/pruning"; import { train } from "effnet/training";
      for (const work of [classifyPart, groups, train]) if (typeof work !== "function") throw new Error("not there");
      console.log(typeof main.createModel, main.listModels("efficientnet_b*_pruned").join(), typeof rooms.layers);`;
    const requiring = `const main = require("effnet"), rooms = require("effnet/architecture");
      console.log(typeof main.createModel, main.listModels("efficientnet_b*_pruned").join(), typeof rooms.layers, require("effnet/package.json").name);`;
    const pruned = "efficientnet_b1_pruned,efficientnet_b2_pruned,efficientnet_b3_pruned";
    const run = (type: string, code: string) =>
      outputOf(binary as string, ["--no-warnings", `--input-type=${type}`, "-e", code], { cwd: packed() });
    expect(await run("module", importing)).toBe(`function ${pruned} function\n`);
    expect(await run("commonjs", requiring)).toBe(`function ${pruned} function effnet\n`);
  });

  test.skipIf(binary === undefined)(`${name} runs the installed command`, async () => {
    const command = join(packed(), "node_modules/effnet/dist/cli/main.js");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await outputOf(binary as string, [command, "--version"])).toBe(`${version}\n`);
    expect((await outputOf(binary as string, [command, "list"])).match(/^\S*efficientnet\S*/gm)).toHaveLength(57);
  });
}

test("a page that only classifies loads nothing of the command line, of Node or of the packages it needs there", async () => {
  const { metafile, warnings } = await build({
    stdin: {
      contents: `import { createModel } from "effnet"; globalThis.createModel = createModel;`,
      resolveDir: packed(),
    },
    bundle: true,
    format: "esm",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  expect(warnings).toEqual([]);
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.endsWith("dist/model/model.js"))).toBe(true);
  expect(inputs.filter((path) => /\/(sharp|commander|tinyglobby)\/|dist\/cli\/|\.node\.js$/.test(path))).toEqual([]);
});

test("without sharp, decoded pictures are classified and an encoded one is told what to install", async () => {
  const folder = scratch();
  for (const name of readdirSync(join(packed(), "node_modules"))) {
    if (name === "sharp" || name === "@img") continue;
    cpSync(join(packed(), "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  }
  writeFileSync(
    join(folder, "try.mjs"),
    `import { createModel } from "effnet";
     const model = await createModel("efficientnet_lite0", { seed: 1, threads: 1 });
     const data = new Uint8Array(80 * 60 * 3).map((_, i) => i % 251);
     console.log((await model.classify({ width: 80, height: 60, data }, { topK: 2 })).length);
     console.log(await model.classify(${JSON.stringify(join(root, "examples/pictures/cat.jpg"))}).catch((error) => error.message));
     await model.dispose();`,
  );
  const [count, message] = (await outputOf(process.execPath, [join(folder, "try.mjs")])).trim().split("\n");
  expect(count).toBe("2");
  expect(message).toMatch(/npm install sharp/);
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "effnet-package-"));
  folders.push(folder);
  return folder;
}
