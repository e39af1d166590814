// `effnet merge`: what --shard i/n left, as one result that is the same whatever n was.

import { Command } from "commander";
import type { Prediction } from "../model/predict.ts";
import type { MergedParts } from "../run/merge.ts";
import { told } from "./merge-progress.ts";
import { counted, grouped } from "./numbers.ts";
import { withSession } from "./options.ts";
import { type Out, openOut } from "./out.ts";
import { EXIT, type Run, type Session, type SessionOptions } from "./session.ts";
import { shownText } from "./style.ts";

interface MergeFlags extends SessionOptions {
  readonly out?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  effnet merge answers > photos.jsonl
  effnet merge answers/part-* --out photos.csv
  effnet merge vectors --out photos.safetensors
  effnet merge evaluated --json > metrics.json

Pictures come in the order of their paths. The parts of evaluate give what evaluate itself prints.
Exit codes: 0 all well; 1 merged, but some pictures could not be read; 2 not merged: parts are missing, twice there, or of
different runs. Those that are missing are named as a list that sbatch --array takes.`;

export function mergeCommand(run: Run): Command {
  const command = new Command("merge")
    .description("Join the parts that classify, embed or evaluate left with --shard.")
    .argument("<parts...>", "folders of parts, or the parts themselves")
    .optionsGroup("Answer (on stdout):")
    .option("--json", "one JSON array instead of one JSON object a line; of evaluate the figures as JSON")
    .option(
      "-o, --out <file>",
      "write to a file (.json, of classify .csv, of embed .safetensors, else JSON lines); it appears when it is whole",
    );
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((places: string[], flags: MergeFlags) => run(flags, (session) => merge(session, places, flags)));
}

/** Writes the merged answers to `out`, but for its end. */
type Form = (parts: MergedParts, out: Out, session: Session) => Promise<void>;

async function merge(session: Session, places: readonly string[], flags: MergeFlags): Promise<number> {
  const { openParts } = await import("../run/merge.ts");
  const parts = await openParts(places);
  const form = await formOf(parts, flags);
  const out = await openOut(session, flags.out);
  let isWhole = false;
  try {
    await form(parts, out, session);
    isWhole = true;
  } finally {
    await out.end("", isWhole);
  }
  const { command, model, pictures, broken } = parts;
  const unreadable = broken === 0 ? "" : `, ${grouped(broken)} unreadable`;
  const what = `${counted(parts.parts.length, "part")} of ${command}: ${counted(pictures, "picture")}${unreadable}`;
  session.terminal.note(`${what} · ${shownText(model.name)}`);
  return broken > 0 ? EXIT.failed : EXIT.fine;
}

async function formOf({ command }: MergedParts, flags: MergeFlags): Promise<Form> {
  const { out = "" } = flags;
  const isJson = flags.json === true || out.endsWith(".json");
  if (command === "evaluate") {
    const { mergeEvaluation } = await import("./merge-evaluation.ts");
    return (parts, place, session) => mergeEvaluation(session, parts, place, { isJson, isPlain: out !== "" });
  }
  if (command === "embed" && out.endsWith(".safetensors")) {
    return (await import("./merge-embeddings.ts")).mergeEmbeddings;
  }
  if (command === "classify" && out.endsWith(".csv")) return asCsv;
  return isJson ? asArray : asLines;
}

const asLines: Form = async (parts, out, { signal, terminal }) => {
  for await (const { text } of told(parts, signal, terminal)) await out.write(`${text}\n`);
};

const asArray: Form = async (parts, out, { signal, terminal }) => {
  let separator = "[\n";
  for await (const { text } of told(parts, signal, terminal)) {
    await out.write(separator + text);
    separator = ",\n";
  }
  await out.write(parts.pictures === 0 ? "[]\n" : "\n]\n");
};

/** As `classify --csv` writes it. */
const asCsv: Form = async (parts, out, { signal, terminal }) => {
  const { csvSink } = await import("./classify.ts");
  const sink = csvSink(out, ([best]) => best.probability < Number(parts.settings["minProbability"]));
  for await (const { file, text } of told(parts, signal, terminal)) {
    const line = JSON.parse(text) as { error: string } | { predictions: Prediction[] };
    await sink.each("error" in line ? { file, error: line.error } : { file, value: line.predictions });
  }
};
