// The package as a user gets it: packed, and installed into a folder outside the repository, once for each build.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, ending with a slash. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

const PREFIX = "effnet-packed-";
const STALE_MS = 3_600_000; // no test run lasts an hour, so nobody is inside an older folder

/**
 * A folder whose `node_modules` hold the packed build and its dependencies, and nothing else. Test files share it: write
 * into a folder of your own. Two that make it at once both make one; the first to rename wins.
 */
export function packed(): string {
  const folder = join(tmpdir(), PREFIX + digest());
  if (existsSync(folder)) return folder;
  forgetStale();
  const scratch = mkdtempSync(join(tmpdir(), `${PREFIX}new-`));
  execFileSync(process.execPath, [join(root, "scripts/pack.mjs"), scratch], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    renameSync(scratch, folder);
  } catch (error) {
    rmSync(scratch, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Names the build: every file that ships, and the manifest. */
function digest(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package.json")));
  const models = readdirSync(join(root, "models"));
  for (const name of models.sort()) hash.update(name).update(readFileSync(join(root, "models", name)));
  for (const name of (readdirSync(join(root, "dist"), { recursive: true }) as string[]).sort()) {
    const path = join(root, "dist", name);
    if (statSync(path).isFile()) hash.update(name).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}

function forgetStale(): void {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name);
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (name.startsWith(PREFIX) && Date.now() - changedMs > STALE_MS) rmSync(path, { recursive: true, force: true });
  }
}
