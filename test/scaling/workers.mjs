// What the engines' tests share: the photos, the command line, one kill, and the digest of what was merged.

import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const command = join(root, "dist/cli/main.js");

const BROKEN = { "empty.jpg": "", "text.jpg": "no picture", "cut.png": "\x89PNG\r\n\x1a\n" };

/** `count` pictures in four folders, the last three broken. */
export function photosIn(from, to, count) {
  const names = readdirSync(from, { recursive: true })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort();
  if (names.length === 0) throw new Error(`no photos in ${from}`);
  for (let i = 0; i < 4; i++) mkdirSync(join(to, `album ${i}`), { recursive: true });
  const broken = Object.entries(BROKEN);
  for (let i = 0; i < count - broken.length; i++) {
    copyFileSync(join(from, names[i % names.length]), join(to, `album ${i % 4}`, `${String(i).padStart(4, "0")}.jpg`));
  }
  for (const [name, text] of broken) writeFileSync(join(to, "album 0", name), Buffer.from(text, "latin1"));
  return to;
}

export function installed(program) {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs to the end; `codes` are those that are well. */
export async function run(program, args, { codes = [0], ...options } = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => (stderr += text));
  const code = await new Promise((done, failed) => child.on("error", failed).on("close", done));
  if (!codes.includes(code)) throw new Error(`${program} ${args.join(" ")} exited with ${code}: ${stderr}${stdout}`);
  return { code, stdout, stderr };
}

export function effnet(args, options) {
  return run(process.execPath, [command, ...args], options);
}

/** Digest and number of the merged lines. Exit code 1: there are broken pictures, as there must be. */
export async function merged(out) {
  const { stdout } = await effnet(["merge", out], { codes: [1] });
  return { sha256: createHash("sha256").update(stdout).digest("hex"), pictures: stdout.trim().split("\n").length };
}

/** Waits until some part is begun in `out` and kills its process. @returns which part, once its process is gone */
export async function killOne(out, isOurs = (line) => line.includes(`${out}\0`) && line.includes("\0--shard\0")) {
  for (;;) {
    const begun = names(out).map((name) => /^\.part-0*(\d+)-of-\d+\.jsonl\.\w+\.partial$/.exec(name)?.[1]);
    for (const part of begun.filter(Boolean)) {
      const pid = processes().find(({ line }) => isOurs(line, part) && line.includes(`\0${part}/`))?.pid;
      if (pid === undefined) continue;
      process.kill(pid, "SIGKILL");
      while (processes().some((one) => one.pid === pid)) await sleep(5);
      if (names(out).some((name) => new RegExp(`^part-0*${part}-of`).test(name)))
        throw new Error("too late: the part was done");
      return part;
    }
    await sleep(5);
  }
}

function names(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Command lines by process; arguments end with \0. The dead have none. */
function processes() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return line.startsWith(process.execPath) ? [{ pid: Number(pid), line }] : [];
      } catch {
        return [];
      }
    });
}
