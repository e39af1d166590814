// `effnet evaluate`: how often a network is right on data with known classes, and whether its probabilities are.

import { Command, Option } from "commander";
import { SPLIT_NAMES, type SplitName, type Splits } from "../data/dataset.ts";
import { UsageError } from "../errors.ts";
import type { Metrics } from "../training/metrics.ts";
import { openModelOrBuiltIn } from "./built-in.ts";
import { BrokenPictures, openSplits, startDecoders, withClasses } from "./data.ts";
import { threadsOf } from "./network.ts";
import { counted, duration } from "./numbers.ts";
import { type PictureFlags, whole, withCrop, withNetwork, withSession } from "./options.ts";
import { openOut } from "./out.ts";
import { EXIT, type Run, type Session } from "./session.ts";
import { type Paint, shownText } from "./style.ts";
import { type Align, table } from "./table.ts";

interface EvaluateFlags extends Omit<PictureFlags, "exif"> {
  readonly split?: SplitName;
  readonly decoders?: number;
}

const BATCH = 8; // as classify's

const EXAMPLES = `
Examples:
  effnet evaluate photos/ --weights runs/efficientnet_b0-1/best.safetensors
  effnet evaluate photos/test --weights mine.safetensors --json > metrics.json
  effnet evaluate 'shards/test-{000000..000003}.tar' --weights mine.safetensors

The data: a folder for every class, in folders train, validation and test or without; or WebDataset shards. Folders must
be called as the network calls its classes.`;

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
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((place: string, flags: EvaluateFlags) => run(flags, (session) => evaluateData(session, place, flags)));
}

async function evaluateData(session: Session, place: string, flags: EvaluateFlags): Promise<number> {
  const { terminal, signal } = session;
  const { evaluationBatches } = await import("../data/loader.ts");
  const { evaluate } = await import("../training/evaluate.ts");
  const { metricsOf } = await import("../training/metrics.ts");
  const out = await openOut(session, flags.out);
  const begun = async () => {
    const model = await openModelOrBuiltIn(session, flags);
    const transform = model.transform(flags);
    const reopen = (classes?: readonly string[]) => openSplits(session, place, { holdout: 0, classes });
    const { split, dataset, findings } = chosen(await withClasses(await reopen(), model.labels, reopen), place, flags);
    return { model, transform, split, dataset, findings, decoders: await startDecoders(session, flags.decoders) };
  };
  const { model, transform, split, dataset, findings, decoders } = await begun().catch(async (error) => {
    await out.discard();
    throw error;
  });
  let isWhole = false;
  try {
    for (const { message } of findings) terminal.note(shownText(message));
    const broken = new BrokenPictures((line) => terminal.problem(line));
    const options = { batch: flags.batch ?? BATCH, decoders, onBroken: broken.tell };
    const source = evaluationBatches(dataset, transform, options);
    const { height, width } = transform;
    const computed = `${flags.backend}, ${counted(threadsOf(flags), "thread")}`;
    const network = `${model.architecture.name} at ${height}×${width}`;
    terminal.note(`${counted(source.samples, "picture")} of ${split} · ${network} · ${computed}`);
    const startMs = performance.now();
    const { logits, labels } = await evaluate(model, source, { signal, onProgress: terminal.onProgress });
    const ms = performance.now() - startMs;

    const { temperature } = model.config;
    const metrics = metricsOf(logits, labels, temperature);
    const isJson = flags.json === true || flags.out?.endsWith(".json") === true;
    const paint: Paint = flags.out === undefined ? terminal.paint : (_, text) => text;
    const result = {
      data: place,
      split,
      network: model.architecture.name,
      inputSize: { height, width },
      temperature: temperature ?? 1,
    };
    await out.write(
      isJson
        ? `${JSON.stringify({ ...result, broken: broken.count, ...named(metrics, model.labels) })}\n`
        : shown(metrics, model.labels, paint),
    );
    isWhole = true;
    const right = Math.round(metrics.top1 * metrics.count);
    const rate = `${Number(((metrics.count / ms) * 1000).toPrecision(2))} pictures/s`;
    terminal.note(
      `${[`${counted(metrics.count, "picture")}, ${right} right${broken}`, duration(ms), rate, computed].join(" · ")}`,
    );
    return broken.count > 0 ? EXIT.failed : EXIT.fine;
  } finally {
    await out.end("", isWhole);
    await Promise.all([decoders.dispose(), model.dispose()]);
  }
}

/** The split that was asked for, else test before validation before train. @throws UsageError if it is not there */
function chosen(splits: Splits, place: string, { split }: EvaluateFlags) {
  const present = SPLIT_NAMES.filter((name) => splits[name] !== null);
  const name = split ?? present.at(-1);
  const dataset = name === undefined ? null : splits[name];
  if (name !== undefined && dataset !== null) return { split: name, dataset, findings: splits.findings };
  throw new UsageError("--split", `expected ${present.join(" or ")}, which ${place} has, got ${split}.`);
}

/** With the classes' names, as JSON has it. */
function named({ perClass, ...metrics }: Metrics, labels: readonly string[]): object {
  return { ...metrics, perClass: perClass.map((each, index) => ({ label: labels[index], ...each })) };
}

function shown(metrics: Metrics, labels: readonly string[], paint: Paint): string {
  const { top1, top5, logLoss, reliability, count, perClass } = metrics;
  const whole = table([
    ["top-1", percent(top1), `${Math.round(top1 * count)} of ${count} right`],
    ...(labels.length > 5 ? [["top-5", percent(top5), ""]] : []),
    ["loss", logLoss.toFixed(4), "cross entropy, mean"],
    ["calibration", percent(reliability.expectedError), "expected error of the probabilities, 15 bins"],
  ]);
  const header = ["class", "pictures", "right", "precision", "recall"];
  const rows = perClass.flatMap((each, index) =>
    each.count === 0 && each.predicted === 0
      ? []
      : [
          [
            shownText(labels[index]),
            String(each.count),
            String(Math.round((each.recall ?? 0) * each.count)),
            each.precision === null ? "–" : percent(each.precision),
            each.recall === null ? "–" : percent(each.recall),
          ],
        ],
  );
  const aligns: Align[] = ["left", "right", "right", "right", "right"];
  const [head, ...lines] = table([header, ...rows], aligns).split("\n");
  return `${whole}\n${paint("dim", head)}\n${lines.join("\n")}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
