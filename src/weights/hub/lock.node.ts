// One process at a time downloads a file; the others wait for it. A lock that its process no longer renews is taken over.
// Node has no flock, and Python's lock files stay after use, so that ours have names of their own.

import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { rest } from "./requests.ts";

const HEARTBEAT_MS = 5000;
const STALE_MS = 30_000;
const LOOK_MS = 200; // between two looks of one who waits

/** The right to write, until `end` or until somebody took it. */
export interface Turn {
  /** Aborts if another process took the lock over: this one slept too long. */
  readonly lost: AbortSignal;
  end(): Promise<void>;
}

interface Holder {
  readonly host: string;
  readonly process: number;
  readonly id: string;
}

/**
 * Waits for the lock at `path`.
 * @param isDone asked while waiting: whether another process has done the work meanwhile
 * @returns null if it has
 * @throws the signal's reason; errors of the disk
 */
export async function turnAt(
  path: string,
  isDone: () => Promise<boolean>,
  { signal, onWait }: { readonly signal: AbortSignal | undefined; readonly onWait?: () => Promise<void> },
): Promise<Turn | null> {
  const own: Holder = { host: hostname(), process: process.pid, id: randomUUID() };
  for (;;) {
    if (await isDone()) return null;
    signal?.throwIfAborted();
    if (await taken(path, own)) {
      const mine = turn(path, own);
      if (!(await isDone())) return mine;
      await mine.end(); // the other ended between the question and the lock
      return null;
    }
    const other = await holderAt(path);
    if (other === "gone") continue;
    if (await isStale(path, other)) await takeAway(path, other);
    else {
      await onWait?.();
      await rest(LOOK_MS, signal);
    }
  }
}

/** Whether a process that is alive holds the lock at `path`. */
export async function isHeld(path: string): Promise<boolean> {
  const holder = await holderAt(path);
  return holder !== "gone" && !(await isStale(path, holder));
}

async function taken(path: string, own: Holder): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(own), { flag: "wx" });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

function turn(path: string, own: Holder): Turn {
  const lost = new AbortController();
  const onExit = (): void => rmSync(path, { force: true });
  const isOwn = async (): Promise<boolean> => {
    const holder = await holderAt(path);
    return holder !== "gone" && holder?.id === own.id;
  };
  const heartbeat = setInterval(async () => {
    const now = new Date();
    if (await isOwn()) return utimes(path, now, now).catch(() => {});
    process.removeListener("exit", onExit);
    lost.abort(new Error(`${path} was taken over`));
  }, HEARTBEAT_MS);
  heartbeat.unref();
  process.once("exit", onExit);
  return {
    lost: lost.signal,
    end: async () => {
      clearInterval(heartbeat);
      process.removeListener("exit", onExit);
      if (await isOwn()) await rm(path, { force: true });
    },
  };
}

/** Null for a file that is no lock of ours, or half written. */
async function holderAt(path: string): Promise<Holder | null | "gone"> {
  try {
    const { host, process: number, id } = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    return typeof host === "string" && typeof id === "string" && Number.isInteger(number)
      ? { host, process: number as number, id }
      : null;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : null;
  }
}

/** Its process is gone, or has not been heard of for long. */
async function isStale(path: string, holder: Holder | null): Promise<boolean> {
  if (holder !== null && holder.host === hostname() && !isAlive(holder.process)) return true;
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > STALE_MS;
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0); // asks, and sends nothing
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's
  }
}

/** Renames it away first: of two that judged it stale, one may meet the other's new lock, and puts that back. */
async function takeAway(path: string, judged: Holder | null): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // the other was faster
  }
  const found = await holderAt(aside);
  const isOther = found !== "gone" && found !== null && found.id !== judged?.id;
  if (isOther) await writeFile(path, JSON.stringify(found), { flag: "wx" }).catch(() => {});
  await rm(aside, { force: true });
}
