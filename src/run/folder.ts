// The run folder. Whatever kills a run, at any moment, leaves a whole checkpoint, and tables that can be cut back to it.

import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { FileError, UsageError } from "../errors.ts";
import type { Json } from "../weights/metadata.ts";
import { type Checkpoint, checkpointBytes, readCheckpoint } from "./checkpoint.ts";
import { Clock } from "./clock.ts";
import { eventsName, scalarsRecord, versionRecord } from "./events.ts";
import { Journal } from "./journal.ts";
import { Lock } from "./lock.ts";
import { COLUMNS, type Column, METRICS_HEADER, type MetricsRow, metricsLine, parseMetrics } from "./metrics-csv.ts";
import { removeStale, unwritable, writeWhole } from "./partial.ts";

const CONFIG = "config.json";
const LAST = "last.safetensors";
const BEST = "best.safetensors";
const METRICS = "metrics.csv";
const EVENTS = "events";
const LOG = "log.txt";
const REPORT = "report.html";

/** TensorBoard groups by what is before the slash. */
const TAGS: Readonly<Partial<Record<Column, string>>> = {
  rate: "train/rate",
  train_loss: "train/loss",
  pictures_per_second: "train/pictures_per_second",
  waited: "train/waited",
  eval_loss: "validation/loss",
  eval_top1: "validation/top1",
  eval_top5: "validation/top5",
  average_loss: "validation_average/loss",
  average_top1: "validation_average/top1",
  average_top5: "validation_average/top5",
};

/** How long the tables were at a checkpoint. */
interface Lengths {
  readonly metricsBytes: number;
  readonly events: string;
  readonly eventsBytes: number;
}

export interface Resumed {
  readonly folder: RunFolder;
  /** What `config.json` says. */
  readonly config: Json;
  /** Null where the run was killed before its first. */
  readonly checkpoint: Checkpoint | null;
}

export class RunFolder {
  readonly path: string;
  readonly #metrics: Journal;
  readonly #events: Journal;
  readonly #eventsName: string;
  readonly #log: Journal;
  readonly #lock: Lock;
  readonly #clock: Clock;
  #hasCheckpoint: boolean;

  private constructor(path: string, { lock, clock }: Held, journals: Journals, hasCheckpoint: boolean) {
    this.path = path;
    this.#lock = lock;
    this.#clock = clock;
    this.#metrics = journals.metrics;
    this.#events = journals.events;
    this.#eventsName = journals.eventsName;
    this.#log = journals.log;
    this.#hasCheckpoint = hasCheckpoint;
  }

  /**
   * Begins a run.
   * @param config everything needed to repeat it
   * @throws UsageError if the folder holds a run, or another process writes it; FileError if it may not be written
   */
  static async create(path: string, config: Json): Promise<RunFolder> {
    await mkdir(path, { recursive: true }).catch((cause) => {
      throw unwritable(path, cause);
    });
    return held(path, async (own) => {
      if ((await stat(join(path, CONFIG)).catch(() => null)) !== null) {
        throw new UsageError("out", `${path} holds a run. Go on with it by --resume ${path}, or name another folder.`);
      }
      await writeWhole(join(path, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
      return new RunFolder(path, own, await openJournals(path, null), false);
    });
  }

  /**
   * Goes on with a run: its tables are cut back to its last checkpoint.
   * @throws UsageError if there is no run, or another process writes it; FileError if its files are broken or may not be
   * written
   */
  static async resume(path: string): Promise<Resumed> {
    const config = await readConfig(path);
    return held(path, async (own) => {
      await removeStale(path);
      const bytes = await readFile(join(path, LAST)).catch(absent);
      if (bytes === null) {
        return { folder: new RunFolder(path, own, await openJournals(path, null), false), config, checkpoint: null };
      }
      const read = readCheckpoint(bytes, join(path, LAST));
      const { lengths, place } = checkedPlace(read.place, join(path, LAST));
      const folder = new RunFolder(path, own, await openJournals(path, lengths), true);
      return { folder, config, checkpoint: { ...read, place } };
    });
  }

  /** What the run took so far, in all its processes. */
  get spentMs(): number {
    return this.#clock.ms;
  }

  /** A line with its time. */
  async log(line: string): Promise<void> {
    await this.#log.append(`${new Date().toISOString()} ${line}\n`);
  }

  /** Adds a row to `metrics.csv`, and its numbers to the event file. */
  async measure(row: MetricsRow): Promise<void> {
    await this.#metrics.append(metricsLine(row));
    const scalars = COLUMNS.flatMap((column) => {
      const [tag, value] = [TAGS[column], row[column]];
      return tag === undefined || value === undefined ? [] : [[tag, value] as const];
    });
    await this.#events.append(scalarsRecord(Date.now() / 1000, row.update ?? 0, Object.fromEntries(scalars)));
  }

  /** All rows of `metrics.csv`. */
  async rows(): Promise<MetricsRow[]> {
    return parseMetrics(await readFile(join(this.path, METRICS), "utf8"));
  }

  /**
   * Replaces the last checkpoint, in one step and only by a whole one; what the tables hold by now belongs to it.
   * @throws FileError, e.g. if the disk is full: the checkpoint before stays
   */
  async checkpoint({ tensors, description, place }: Checkpoint): Promise<void> {
    await Promise.all([this.#metrics.sync(), this.#events.sync()]);
    const lengths: Lengths = {
      metricsBytes: this.#metrics.bytes,
      events: this.#eventsName,
      eventsBytes: this.#events.bytes,
    };
    const bytes = checkpointBytes({ tensors, description, place: { lengths: { ...lengths }, place } });
    await this.#replace(LAST, bytes);
    await this.#clock.keep();
    this.#hasCheckpoint = true;
  }

  /** Replaces the best weights. @param bytes of a weights file */
  async best(bytes: Uint8Array): Promise<void> {
    await this.#replace(BEST, bytes);
  }

  /** The best weights so far; null before the first. */
  async readBest(): Promise<Uint8Array | null> {
    return readFile(join(this.path, BEST)).catch(absent);
  }

  /** Another whole file of the run's, e.g. `plan.json`. */
  async keep(name: string, data: string | Uint8Array): Promise<void> {
    await this.#replace(name, data);
    await this.#clock.keep();
  }

  /** What was kept under this name; null if nothing was. */
  async kept(name: string): Promise<Uint8Array | null> {
    return readFile(join(this.path, name)).catch(absent);
  }

  async report(html: string): Promise<void> {
    await this.#replace(REPORT, html);
  }

  async close(): Promise<void> {
    await Promise.all([this.#metrics.close(), this.#events.close(), this.#log.close()]);
    await this.#lock.release();
  }

  async #replace(name: string, data: string | Uint8Array): Promise<void> {
    try {
      await writeWhole(join(this.path, name), data);
    } catch (error) {
      if (!(error instanceof FileError) || !this.#hasCheckpoint) throw error;
      const advice = `The last checkpoint is whole: go on with --resume ${this.path}`;
      throw new FileError(join(this.path, name), `${error.message.slice(error.file.length + 2)} ${advice}`, {
        cause: error,
      });
    }
  }
}

/** What a process has of a run while it writes it. */
interface Held {
  readonly lock: Lock;
  readonly clock: Clock;
}

/** `open` with the folder's lock, which goes if it fails. */
async function held<T>(path: string, open: (own: Held) => Promise<T>): Promise<T> {
  const lock = await Lock.take(path);
  try {
    return await open({ lock, clock: await Clock.of(path, (file) => readFile(file).catch(absent)) });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Journals {
  readonly metrics: Journal;
  readonly events: Journal;
  readonly eventsName: string;
  readonly log: Journal;
}

/** What `checkpoint` wrote. @throws FileError if another writer did */
function checkedPlace(written: Json, file: string): { readonly lengths: Lengths; readonly place: Json } {
  const { lengths, place } = (written ?? {}) as { lengths?: Lengths; place?: Json };
  const isWhole = typeof lengths?.events === "string" && lengths.metricsBytes >= 0 && lengths.eventsBytes >= 0;
  if (!isWhole || place === undefined) throw new FileError(file, "is no checkpoint of effnet's. Was the file edited?");
  return { lengths, place };
}

/** Opens the tables, cut back to `lengths`; without them they begin anew. */
async function openJournals(path: string, lengths: Lengths | null): Promise<Journals> {
  if (lengths === null) await rm(join(path, EVENTS), { recursive: true, force: true });
  await mkdir(join(path, EVENTS), { recursive: true });
  const name = lengths?.events ?? eventsName(Date.now() / 1000, hostname());
  const metrics = await Journal.open(join(path, METRICS), lengths?.metricsBytes ?? 0);
  const events = await Journal.open(join(path, EVENTS, name), lengths?.eventsBytes ?? 0);
  if (metrics.bytes === 0) await metrics.append(METRICS_HEADER);
  if (events.bytes === 0) await events.append(versionRecord(Date.now() / 1000));
  return { metrics, events, eventsName: name, log: await Journal.open(join(path, LOG)) };
}

async function readConfig(path: string): Promise<Json> {
  const text = await readFile(join(path, CONFIG), "utf8").catch(absent);
  if (text === null) {
    const holds = (await readdir(path).catch(() => [])).length > 0 ? "no run (config.json is missing)" : "nothing";
    throw new UsageError("resume", `expected the folder of a run, got ${path}, which holds ${holds}. Check the path.`);
  }
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new FileError(join(path, CONFIG), "is not JSON. Was the file edited?", { cause });
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
