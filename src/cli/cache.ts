// `effnet cache`: the networks that were fetched from the hub, what they take on the disk, and taking them away.

import { Command } from "commander";
import { listed, UsageError } from "../errors.ts";
import type { CachedOriginal, CachedRepository, Contents } from "../weights/hub/contents.node.ts";
import { counted, megabytes } from "./numbers.ts";
import { withSession } from "./options.ts";
import { EXIT, type Run, type Session, type SessionOptions } from "./session.ts";
import { type Paint, shownText } from "./style.ts";
import { table } from "./table.ts";

interface CacheFlags extends SessionOptions {
  readonly clear?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  effnet cache
  effnet cache --clear efficientnet_b1_pruned
  effnet cache --clear

Networks that effnet or Python's timm fetched; both share the cache. HF_HUB_CACHE or HF_HOME say where it is (else
~/.cache/huggingface/hub). --clear without names takes all that is listed; what other programs keep there stays.`;

export function cacheCommand(run: Run): Command {
  const command = new Command("cache")
    .description("Say which fetched networks the cache holds, or take them away.")
    .argument("[names...]", "of networks or repositories (owner/name); default: all of the family's")
    .option("--clear", "remove them from the disk")
    .optionsGroup("Answer (on stdout):")
    .option("--json", "as JSON: { cache, repositories, originals, others }, what was there or was removed");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((names: string[], flags: CacheFlags) => run(flags, (session) => cached(session, names, flags)));
}

async function cached({ terminal, signal }: Session, names: readonly string[], flags: CacheFlags): Promise<number> {
  const { settingsOf } = await import("../weights/hub/environment.node.ts");
  const { contentsOf, removeFrom } = await import("../weights/hub/contents.node.ts");
  const settings = await settingsOf({});
  const all = await contentsOf(settings);
  const { repositories, originals, others } = await chosen(all, names);
  const entries = [...repositories, ...originals];
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const place = shownText(settings.cacheFolder);
  if (flags.clear) {
    for (const entry of entries) {
      signal.throwIfAborted();
      await removeFrom(settings, entry);
      if (!flags.json) await terminal.result(`${shownText("id" in entry ? entry.id : entry.name)}\n`);
    }
  }
  if (flags.json) {
    const result = { cache: settings.cacheFolder, repositories, originals, others };
    await terminal.result(`${JSON.stringify(result, null, 2)}\n`);
  } else if (!flags.clear && entries.length > 0) await terminal.result(shown(repositories, originals, terminal.paint));
  const other = others === 0 ? "" : `; ${others} ${others === 1 ? "repository" : "repositories"} of other programs`;
  const what = `${counted(entries.length, "network")}, ${megabytes(bytes)}`;
  terminal.note(flags.clear ? `removed ${what} from ${place}` : `${what} in ${place}${other}`);
  return EXIT.fine;
}

/** @throws UsageError for a name that is not there */
async function chosen(all: Contents, names: readonly string[]): Promise<Contents> {
  if (names.length === 0) return all;
  const { idMeant } = await import("../weights/hub/contents.node.ts");
  const there = [...all.repositories.map(({ id }) => id), ...all.originals.map(({ name }) => name)];
  const wanted = new Set(
    names.map((name) => {
      const meant = there.includes(name) ? name : idMeant(name);
      if (there.includes(meant)) return meant;
      const known = there.length === 0 ? "The cache holds none." : `The cache holds ${listed(there)}.`;
      throw new UsageError("names", `${meant} is not in the cache. ${known}`);
    }),
  );
  return {
    repositories: all.repositories.filter(({ id }) => wanted.has(id)),
    originals: all.originals.filter(({ name }) => wanted.has(name)),
    others: 0,
  };
}

/** A line for every repository, with its files below. */
function shown(repositories: readonly CachedRepository[], originals: readonly CachedOriginal[], paint: Paint): string {
  const rows: string[][] = [["network", "size", "revision"]];
  for (const { id, bytes, partialBytes, revisions } of repositories) {
    const names = revisions.map(
      ({ commit, refs }) => `${commit.slice(0, 8)}${refs.length > 0 ? ` (${refs.join(", ")})` : ""}`,
    );
    const partial = partialBytes > 0 ? `, ${megabytes(partialBytes)} of it unfinished` : "";
    rows.push([shownText(id), megabytes(bytes), shownText(names.join(", ") + partial)]);
    for (const { name, bytes: size } of revisions.flatMap(({ files }) => files)) {
      rows.push([`  ${shownText(name)}`, megabytes(size), ""]);
    }
  }
  for (const { name, bytes } of originals) rows.push([shownText(name), megabytes(bytes), "as first released"]);
  const [header, ...lines] = table(rows, ["left", "right", "left"]).split("\n");
  return [paint("dim", header), ...lines].join("\n");
}
