// Installs the package as users get it: packs what is built and installs the tarball into a folder of its own.
//   node scripts/pack.mjs FOLDER        a folder outside the repository, so that nothing is found in ours by accident

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Packs the built package and installs it into `folder`. @returns names of the files in the tarball */
export function packInto(folder) {
  const scratch = mkdtempSync(join(tmpdir(), "effnet-tarball-"));
  try {
    const [tarball] = JSON.parse(npm(root, ["pack", "--ignore-scripts", "--json", "--pack-destination", scratch]));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    npm(folder, ["install", "--no-audit", "--no-fund", "--prefer-offline", join(scratch, tarball.filename)]);
    return tarball.files.map((file) => file.path);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function npm(cwd, args) {
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status !== 0) throw new Error(`npm ${args[0]} failed:\n${stderr}`);
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) packInto(resolve(process.argv[2]));
