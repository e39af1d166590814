// Newer Node versions beside the one that runs: relaxed SIMD needs Node ≥ 24, the package promises 20 to 26.
//   node scripts/node-versions.mjs                     fetches the pinned versions from npm into .cache/ (once)
//   node scripts/node-versions.mjs 24 FILE [ARG…]      runs FILE in Node 24

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const VERSIONS = { 24: "24.21.0", 26: "26.10.0" };
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** The pinned Node of a major version, fetched if it is not there yet; undefined, with a printed reason, if npm cannot. */
export function nodeOf(major) {
  const folder = fileURLToPath(new URL(`../.cache/node${major}/`, import.meta.url));
  const home = `${folder}node_modules/${PACKAGE}`;
  const binary = `${home}/bin/node${process.platform === "win32" ? ".exe" : ""}`;
  if (existsSync(binary) && JSON.parse(readFileSync(`${home}/package.json`, "utf8")).version === VERSIONS[major]) {
    return binary;
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}package.json`, "{}"); // else npm would take the repository's package.json for the prefix's
  const what = `${PACKAGE}@${VERSIONS[major]}`;
  const arguments_ = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, what];
  const { status } = spawnSync("npm", arguments_, { cwd: folder, stdio: ["ignore", 2, 2] });
  if (status === 0 && existsSync(binary)) return binary;
  console.error(`node-versions: npm could not install ${what}: tests that need Node ${major} will skip.`);
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [major, ...rest] = process.argv.slice(2);
  if (major === undefined) {
    for (const wanted of Object.keys(VERSIONS)) nodeOf(wanted);
  } else {
    const own = process.versions.node.split(".")[0];
    const binary = own === major ? process.execPath : nodeOf(major);
    process.exitCode = binary ? (spawnSync(binary, rest, { stdio: "inherit" }).status ?? 1) : 1;
  }
}
