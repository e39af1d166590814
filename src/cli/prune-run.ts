// One pruning from its flags to its last line: reports are shown and kept, and at the end the student is weighed.

import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { LatencyTable } from "../pruning/latency.ts";
import { latencyTableToJson, readLatencyTable } from "../pruning/latency-json.ts";
import { prune } from "../pruning/prune.ts";
import { RunFolder } from "../run/folder.ts";
import type { Json } from "../weights/metadata.ts";
import { threadsOf } from "./network.ts";
import { toBudgets } from "./prune-budgets.ts";
import type { PruneFlags } from "./prune-flags.ts";
import { PruneKeeper } from "./prune-keeper.ts";
import { type PrunePlan, preparedAgain, preparedNew } from "./prune-prepare.ts";
import { pruned } from "./prune-result.ts";
import { found, TABLE } from "./prune-resume.ts";
import { Steps } from "./prune-steps.ts";
import type { Work } from "./prune-work.ts";
import type { Session } from "./session.ts";
import { Teller } from "./teller.ts";
import { dryRun } from "./train-dry.ts";
import { beyondResume } from "./train-flags.ts";
import { configOf, planIn } from "./train-plan.ts";
import { freeFolder, Interrupt, refuseTaken, version } from "./train-run.ts";

export interface Asked {
  readonly file: string | undefined;
  readonly flags: PruneFlags;
  readonly command: Command;
}

export async function pruneFile(session: Session, { file, flags, command }: Asked): Promise<number> {
  const teller = new Teller(session);
  if (flags.resume === undefined) {
    if (flags.out !== undefined && !flags.dryRun) await refuseTaken(flags.out);
    const prepared = await preparedNew(session, file, flags, teller);
    try {
      if (flags.dryRun) return await dryRun(session, prepared, flags);
      const path = flags.out ?? (await freeFolder(`${prepared.model.architecture.name}-pruned`));
      const config = configOf(prepared.plan, version(), process.argv.slice(2));
      const folder = await RunFolder.create(path, config);
      if (prepared.table !== null) await folder.keep(TABLE, latencyTableToJson(prepared.table));
      return await runTo(session, { folder, config, flags, teller, prepared, resume: null });
    } finally {
      await prepared.dispose();
    }
  }
  const wrong = beyondResume(command);
  if (wrong !== undefined)
    throw new UsageError(wrong, "a run that goes on keeps its own. Begin a new one to change it.");
  const { folder, config, checkpoint } = await RunFolder.resume(flags.resume);
  try {
    const known = { path: flags.resume, table: await tableOf(folder) };
    const prepared = await preparedAgain(session, planOf(config, flags.resume), known, flags, teller);
    try {
      const resume = await found(folder, checkpoint);
      return await runTo(session, { folder, config, flags, teller, prepared, resume, checkpoint });
    } finally {
      await prepared.dispose();
    }
  } finally {
    await folder.close();
  }
}

/** Null where no budget is in milliseconds. */
async function tableOf(folder: RunFolder): Promise<LatencyTable | null> {
  const bytes = await folder.kept(TABLE);
  return bytes === null ? null : readLatencyTable(new TextDecoder().decode(bytes), join(folder.path, TABLE));
}

/** @throws UsageError if the run was no pruning */
function planOf(config: Json, path: string): PrunePlan {
  const plan = planIn(config, join(path, "config.json")) as PrunePlan;
  if (typeof plan.pruning === "object" && plan.pruning !== null) return plan;
  throw new UsageError("--resume", `expected the folder of a pruning, got ${path}. Use effnet train --resume.`);
}

async function runTo(session: Session, work: Work): Promise<number> {
  const { folder, prepared, flags, teller, resume } = work;
  const { model, plan, data, table } = prepared;
  const { pruning, transform, recipe, seed } = plan;
  teller.attach(folder);
  const keeper = new PruneKeeper(session, work, await Steps.of(folder));
  const interrupt = new Interrupt(session.signal);
  const reports = prune(model, data, {
    budgets: toBudgets(pruning.budgets, model.architecture, transform, table),
    seed,
    plan: pruning.options,
    refit: pruning.refit,
    recipe,
    distill: { comparison: pruning.comparison, gamma: pruning.gamma, alpha: pruning.alpha },
    engine: {
      backend: plan.network.backend,
      wide: flags.wide,
      threads: threadsOf(flags),
      onWarning: (line) => teller.problem(line),
    },
    signal: interrupt.signal,
    onProgress: session.terminal.onProgress,
    ...(pruning.rounds === null ? {} : { rounds: pruning.rounds }),
    ...(resume === null ? {} : { resume }),
  });
  try {
    for await (const report of reports) {
      await keeper.take(report);
      await teller.flush();
      if (report.kind === "training" && report.report.kind !== "start") {
        interrupt.hasState();
        if (session.signal.aborted) await keeper.stop(report.report);
      } else session.signal.throwIfAborted();
    }
    return await pruned(session, { ...work, ...keeper.result() });
  } catch (error) {
    if (error !== session.signal.reason) teller.note(`${folder.path}: goes on with --resume.`);
    throw session.signal.aborted ? session.signal.reason : error;
  } finally {
    interrupt.dispose();
    await keeper.dispose();
    await teller.flush().catch(() => {}); // what was to be said has been
    if (flags.resume === undefined) await folder.close();
  }
}
