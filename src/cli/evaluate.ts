// `effnet evaluate`: how often a network is right on data with known classes, and whether its probabilities are.

import { Command, Option } from "commander";
import { SPLIT_NAMES } from "../data/dataset.ts";
import { BrokenPictures } from "./data.ts";
import type { EvaluateFlags } from "./evaluate-open.ts";
import { counted, duration } from "./numbers.ts";
import { whole, withCrop, withNetwork, withSession } from "./options.ts";
import { openOut } from "./out.ts";
import { EXIT, type Run, type Session } from "./session.ts";
import { withShard } from "./shard.ts";

const EXAMPLES = `
Examples:
  effnet evaluate photos/ --weights runs/efficientnet_b0-1/best.safetensors
  effnet evaluate photos/test --weights mine.safetensors --json > metrics.json
  effnet evaluate 'shards/test-{000000..000003}.tar' --weights mine.safetensors
  effnet evaluate photos/ --weights mine.safetensors --shard 3/64 --out answers

The data: a folder for every class, in folders train, validation and test or without; or WebDataset shards. Folders must
be called as the network calls its classes.

With --shard a part is a file of JSON lines in --out, one for each picture; effnet merge makes the figures of all parts.
Tar shards go round: part i of n has every n-th, in name order.`;

export function evaluateCommand(run: Run): Command {
  const command = new Command("evaluate")
    .description("Measure a network on data with known classes: top-1, top-5, per class, calibration.")
    .argument("<data>", "a folder of classes, or tar shards (a folder of them, or names with a {range})");
  withCrop(withNetwork(command))
    .option("--batch <n>", "pictures computed at a time; answers do not depend on it (default: 8)", whole(1, 1024))
    .addOption(
      new Option("--split <name>", "which part of the data (default: the last of these that is there)").choices(
        SPLIT_NAMES,
      ),
    )
    .option("--decoders <n>", "threads that decode pictures ahead (default: one a core, at most 4)", whole(0, 64))
    .optionsGroup("Answer (on stdout):")
    .option("--json", "everything as JSON, confusions and reliability bins included")
    .option("-o, --out <file>", "write to a file (.json chooses the form); it appears when it is whole");
  return withSession(withShard(command))
    .addHelpText("after", EXAMPLES)
    .action((place: string, flags: EvaluateFlags) =>
      run(flags, async (session) => {
        if (flags.shard === undefined) return evaluateData(session, place, flags);
        return (await import("./evaluate-part.ts")).evaluatePart(session, place, flags);
      }),
    );
}

async function evaluateData(session: Session, place: string, flags: EvaluateFlags): Promise<number> {
  const { terminal, signal } = session;
  const { batchesOf, computedBy, openEvaluation } = await import("./evaluate-open.ts");
  const { judgedByName, resultOf } = await import("./evaluate-result.ts");
  const { evaluate } = await import("../training/evaluate.ts");
  const out = await openOut(session, flags.out);
  const opened = await openEvaluation(session, place, flags).catch(async (error) => {
    await out.discard();
    throw error;
  });
  const { model, dataset, decoders, evaluated } = opened;
  let isWhole = false;
  try {
    const broken = new BrokenPictures((line) => terminal.problem(line));
    const source = await batchesOf(opened, dataset, broken, flags);
    const computed = computedBy(opened, flags);
    terminal.note(`${counted(source.samples, "picture")} of ${evaluated.split} · ${computed}`);
    const startMs = performance.now();
    const { logits, labels, names } = await evaluate(model, source, { signal, onProgress: terminal.onProgress });
    const ms = performance.now() - startMs;

    const answers = [{ logits: logits.data, labels, names }];
    const judgements = judgedByName(answers, model.labels.length, evaluated.temperature);
    const { text, summary } = resultOf(evaluated, judgements, model.labels, {
      broken: broken.count,
      isJson: flags.json === true || flags.out?.endsWith(".json") === true,
      paint: flags.out === undefined ? terminal.paint : (_, text) => text,
    });
    await out.write(text);
    isWhole = true;
    const rate = `${Number(((labels.length / ms) * 1000).toPrecision(2))} pictures/s`;
    terminal.note([`${summary}${broken}`, duration(ms), rate, computed.split(" · ")[1]].join(" · "));
    return broken.count > 0 ? EXIT.failed : EXIT.fine;
  } finally {
    await out.end("", isWhole);
    await Promise.all([decoders.dispose(), model.dispose()]);
  }
}
