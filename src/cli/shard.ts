// `--shard i/n`, for many machines: one part of the pictures, as a file in the folder of `--out`.

import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { UnsupportedError, UsageError } from "../errors.ts";
import type { Model, PictureOptions } from "../model/model.ts";
import type { NamedPicture } from "../run/named.ts";
import type { Part, ShardOptions } from "../run/pictures-part.ts";
import type { Shard } from "../run/shard.ts";
import { openModelOrBuiltIn } from "./built-in.ts";
import { threadsOf } from "./network.ts";
import { counted, duration, grouped } from "./numbers.ts";
import type { PictureFlags } from "./options.ts";
import { listed } from "./paths.ts";
import { EXIT, type Session, Unavailable } from "./session.ts";
import { shownText } from "./style.ts";

export interface ShardFlags {
  readonly shard?: string;
  readonly force?: true;
}

/** What goes with `--shard`, and what does not. */
interface PartFlags extends ShardFlags {
  readonly out?: string;
  readonly json?: true;
  readonly csv?: true;
}

export function withShard(command: Command): Command {
  return command
    .optionsGroup("More than one machine:")
    .option(
      "--shard <i/n>",
      "only part i of n, as a file in the folder --out; auto: from Slurm, Kubernetes or AWS Batch",
    )
    .option("--force", "do the part again even if it is there");
}

export const SHARD_HELP = `
With --shard the pictures are split by a hash of their paths below the folder. A part is a file of JSON lines in --out; one
that is there is not done again. Broken pictures are lines with an error. effnet merge joins the parts.`;

/** The part that is asked for, and the folder it goes to. @throws UsageError */
export async function shardAsked(flags: PartFlags): Promise<{ readonly shard: Shard; readonly out: string }> {
  const { parseShard, shardFromEnvironment } = await import("../run/shard.ts");
  const asked = flags.shard ?? "";
  const shard = asked === "auto" ? shardFromEnvironment(process.env) : parseShard(asked);
  if (flags.out === undefined) throw new UsageError("--shard", "needs a folder for the parts. Give --out FOLDER.");
  for (const form of ["json", "csv"] as const) {
    if (flags[form]) throw new UsageError(`--${form}`, "parts are JSON lines. effnet merge --out chooses the form.");
  }
  return { shard, out: flags.out };
}

/** Answers one part of the pictures. @returns 0 whether or not all can be read: the part says which cannot */
export async function answerPart(
  session: Session,
  args: readonly string[],
  flags: PictureFlags & PartFlags,
  work: (model: Model, pictures: readonly NamedPicture[], options: PictureOptions & ShardOptions) => Promise<Part>,
): Promise<number> {
  const { terminal, signal } = session;
  const { shard, out } = await shardAsked(flags);
  const pictures = await named(args);
  const model = await openModelOrBuiltIn(session, flags);
  try {
    const { height, width } = model.transform(flags);
    const computed = `${flags.backend}, ${counted(threadsOf(flags), "thread")}`;
    const network = `${model.architecture.name} at ${height}×${width}`;
    let [done, startMs] = [0, performance.now()];
    const part = await work(model, pictures, {
      ...flags,
      ...{ shard, out, signal },
      onProgress: (progress) => {
        done = progress.done;
        terminal.onProgress(progress);
      },
      onBroken: (line) => terminal.problem(shownText(line)),
      onStart: (count) => {
        startMs = performance.now();
        const whose = `part ${shard.index} of ${shard.count}: ${grouped(count)} of ${counted(pictures.length, "picture")}`;
        terminal.note(`${whose} · ${network} · ${computed}`);
      },
    }).catch((error) => {
      if (signal.aborted) terminal.note(`stopped after ${counted(done, "picture")}; the part is not there`);
      throw error instanceof UnsupportedError ? new Unavailable(error.message) : error;
    });
    tellPart(session, part, performance.now() - startMs, computed);
    return EXIT.fine;
  } finally {
    await model.dispose();
  }
}

/** The last line. */
export function tellPart({ terminal }: Session, part: Part, ms: number, computed: string): void {
  const { shard, pictures, broken, wasDone } = part;
  const unreadable = broken === 0 ? "" : `, ${grouped(broken)} unreadable`;
  const what = `part ${shard.index} of ${shard.count}: ${counted(pictures, "picture")}${unreadable}`;
  const rate = `${Number(((pictures / ms) * 1000).toPrecision(2))} pictures/s`;
  const how = wasDone ? ["there already; --force does it again"] : [duration(ms), rate, computed];
  terminal.note([what, ...how].join(" · "));
}

/** One folder is the root of the names; all else is named as it is given. */
async function named(args: readonly string[]): Promise<NamedPicture[]> {
  const { namedFrom } = await import("../run/named.ts");
  const only = args.length === 1 ? args[0] : "-";
  const isFolder = await stat(only).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return namedFrom(isFolder ? only : null, await listed(args, process.stdin));
}
