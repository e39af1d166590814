// The packed package in an empty folder, as its first user meets it: a program that imports it is type-checked and run, and
// the command line answers. Exits non-zero at the first thing that is not as promised.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packInto } from "./pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "effnet-smoke-"));
const run = (file, ...args) =>
  execFileSync(file, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", 2] });
const effnet = (...args) => run(join(folder, "node_modules/.bin/effnet"), ...args);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

try {
  console.log(`packed: ${packInto(folder).length} files`);

  copyFileSync(join(root, "test/package/consumer.ts"), join(folder, "consumer.ts"));
  const resolutions = [{ module: "nodenext" }, { module: "esnext", moduleResolution: "bundler" }];
  for (const resolution of resolutions) {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: "es2022",
      types: [],
      ...resolution,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    run(process.execPath, join(root, "node_modules/typescript/bin/tsc"));
    assert(existsSync(join(folder, "consumer.js")));
    console.log(`types: ${Object.values(resolution).join(" ")}`);
  }
  run(process.execPath, "--input-type=module", "-e", `import "./consumer.js"`);

  writeFileSync(
    join(folder, "make.mjs"),
    `import { createModel, storedFrom, writeSafetensors } from "effnet";
     import sharp from "sharp";
     import { writeFileSync } from "node:fs";
     const model = await createModel("efficientnet_lite0", { seed: 7 });
     writeFileSync("weights.safetensors", writeSafetensors(storedFrom(await model.stateDict())));
     await model.dispose();
     const raw = { width: 120, height: 90, channels: 3 };
     const pixels = Uint8Array.from({ length: 120 * 90 * 3 }, (_, i) => (i * i) % 253);
     await sharp(pixels, { raw }).png().toFile("made picture.png");`,
  );
  run(process.execPath, "make.mjs");

  assert.equal(effnet("--version").trim(), version);
  assert.equal(effnet("list").match(/^\S*efficientnet\S*/gm).length, 57);
  const network = ["--model", "efficientnet_lite0", "--weights", "weights.safetensors"];
  const [answer] = JSON.parse(effnet("classify", "made picture.png", ...network, "--json"));
  assert.equal(answer.file, "made picture.png");
  assert.equal(answer.predictions.length, 5);
  assert(
    answer.predictions.every(
      ({ probability }, i, all) => probability > 0 && probability <= (all[i - 1]?.probability ?? 1),
    ),
  );
  console.log(`command line: version ${version}, list, classify: ${answer.predictions[0].label}`);
} finally {
  rmSync(folder, { recursive: true });
}
