// The packed command line, run as users run it: arguments in, streams and an exit code out.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { packed } from "../package/packed.ts";

/** The installed program; `bin` is its folder, to be put on a PATH. */
export const command = join(packed(), "node_modules/effnet/dist/cli/main.js");
export const bin = join(packed(), "node_modules/.bin");

/** The repository's pictures. */
export const pictures = fileURLToPath(new URL("../../examples/pictures", import.meta.url));

/** The smallest network there is, with random weights, on small pictures: for tests of everything but the answers. */
export const TINY = ["--model", "test_efficientnet", "--seed", "1", "--input-size", "64"];

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  /** Added to an environment without colour switches. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onStart?: (child: ChildProcess) => void;
  /** Sees stderr as it grows, to send a signal at the right moment. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** No test asks the hub itself; those that want a network name a server of their own. */
const OFFLINE = {
  HF_HUB_OFFLINE: "1",
  HF_HOME: join(tmpdir(), "effnet-no-cache"),
  TORCH_HOME: join(tmpdir(), "effnet-no-cache"),
};

/** Runs `effnet` to its end. */
export function effnet(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return ended(process.execPath, [command, ...args], options);
}

/** Runs a line of shell in which `effnet` is the packed program. */
export function shell(line: string, options: RunOptions = {}): Promise<Ended> {
  const PATH = `${bin}:${process.env["PATH"]}`;
  return ended("bash", ["-c", line], { ...options, env: { PATH, ...options.env } });
}

/** What `effnet` printed as JSON, and nothing else. */
export async function json<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { status, stdout, stderr } = await effnet(args, options);
  if (status !== 0) throw new Error(`effnet ${args.join(" ")} exited with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A folder that goes away with the test file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "effnet-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Kills as soon as something is so. */
export function killWhen(child: ChildProcess, isSo: () => boolean): void {
  const timer = setInterval(() => {
    if (!isSo()) return;
    clearInterval(timer);
    child.kill("SIGKILL");
  }, 5);
  child.on("exit", () => clearInterval(timer));
}

/** Kills once the files of a folder have been seen to change so often: in mid-work, however fast the machine is. */
export function killAfterChanges(child: ChildProcess, folder: string, times: number): void {
  let seen = stateOf(folder);
  let changes = 0;
  killWhen(child, () => {
    const state = stateOf(folder);
    if (state !== seen) changes++;
    seen = state;
    return changes >= times;
  });
}

/** Names, sizes and times of a folder's files, those that vanish meanwhile left out. */
function stateOf(folder: string): string {
  if (!existsSync(folder)) return "";
  return readdirSync(folder)
    .map((name) => {
      const stats = statSync(join(folder, name), { throwIfNoEntry: false });
      return `${name} ${stats?.size} ${stats?.mtimeMs}`;
    })
    .join("\n");
}

function ended(program: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { NO_COLOR, FORCE_COLOR, ...env } = process.env;
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...env, ...OFFLINE, ...options.env },
    stdio: "pipe",
  });
  options.onStart?.(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
    options.onStderr?.(output.stderr, child);
  });
  child.stdin.on("error", () => {}); // it may end before it has read all
  child.stdin.end(options.stdin ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, ...output }));
  });
}
