// `effnet list`: the family, with what each network weighs, costs and is known to reach.

import { Command } from "commander";
import { UsageError } from "../errors.ts";
import { grouped, rounded } from "./numbers.ts";
import { withSession } from "./options.ts";
import { EXIT, type Run, type SessionOptions } from "./session.ts";
import { table } from "./table.ts";

interface ListFlags extends SessionOptions {
  readonly pretrained?: true;
  readonly json?: true;
}

/** A network of the family, or one of its sets of weights. */
interface Entry {
  readonly name: string;
  /** timm's tag; the default one unless tags are listed. */
  readonly tag: string | null;
  /** Side of the input in pixels. */
  readonly inputSize: number;
  readonly parameters: number;
  /** Multiply-adds at `inputSize`. */
  readonly macs: number;
  /** Published ImageNet-1k accuracy in percent; null where none is published. */
  readonly top1: number | null;
  readonly top5: number | null;
  /** Side of the input that the accuracy was measured at. */
  readonly testSize: number | null;
}

const EXAMPLES = `
Examples:
  effnet list
  effnet list 'tf_efficientnetv2_*'
  effnet list '*b0*' --pretrained
  effnet list --json

Accuracies are timm's, on ImageNet-1k's validation pictures, of the default weights. In a pattern * stands for anything,
? for one character.`;

export function listCommand(run: Run): Command {
  const command = new Command("list")
    .description("Name the networks of the family.")
    .argument("[pattern]", "only names that match, e.g. 'efficientnet_b*'")
    .option("-p, --pretrained", "every set of published weights, as name.tag, instead of every network")
    .optionsGroup("Answer (on stdout):")
    .option("--json", "a JSON array: { name, tag, inputSize, parameters, macs, top1, top5, testSize }");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((pattern: string | undefined, flags: ListFlags) =>
      run(flags, async ({ terminal }) => {
        const entries = await entriesOf(pattern, flags.pretrained ?? false);
        if (flags.json) {
          const lines = entries.map((entry) => JSON.stringify(entry));
          await terminal.result(`[\n${lines.join(",\n")}\n]\n`);
          return EXIT.fine;
        }
        const rows = entries.map((entry) => [
          flags.pretrained && entry.tag !== null ? `${entry.name}.${entry.tag}` : entry.name,
          String(entry.inputSize),
          grouped(entry.parameters),
          rounded(entry.macs),
          entry.top1?.toFixed(2) ?? "",
          entry.top5?.toFixed(2) ?? "",
          entry.top1 === null ? "" : String(entry.testSize),
        ]);
        const names = ["name", "size", "params", "MACs", "top-1 %", "top-5 %", "at"];
        const [header, ...lines] = table(
          [names, ...rows],
          ["left", "right", "right", "right", "right", "right", "right"],
        ).split("\n");
        await terminal.result([terminal.paint("dim", header), ...lines].join("\n"));
        return EXIT.fine;
      }),
    );
}

/** @throws UsageError if nothing matches */
async function entriesOf(pattern: string | undefined, pretrained: boolean): Promise<Entry[]> {
  const { listModels } = await import("../architecture/list.ts");
  const { resolve } = await import("../architecture/resolve.ts");
  const { architectureOf } = await import("../architecture/build.ts");
  const { layers } = await import("../architecture/layers.ts");
  const { cost } = await import("../architecture/cost.ts");
  const { accuracies } = await import("../architecture/results.ts");
  const names: readonly string[] = pretrained ? listModels(pattern, { pretrained }) : listModels(pattern);
  if (names.length === 0) {
    const hint = 'Patterns cover the whole name: write "*b0*" for names that contain b0.';
    throw new UsageError("pattern", `no network is called ${JSON.stringify(pattern)}. ${hint}`);
  }
  return names.map((full) => {
    const { name, row, tag, config } = resolve(full);
    const { channels: inChannels, height, width } = config.inputSize;
    const { parameters, macs } = cost(
      layers(architectureOf(row, { classes: config.classes, inChannels }), { height, width }),
    );
    const known = tag === null ? [] : accuracies(`${name}.${tag}`).filter(({ testSet }) => testSet === "imagenet");
    const best = known.at(-1); // at the larger input, where there are two
    return {
      name,
      tag,
      inputSize: height,
      parameters,
      macs,
      top1: best?.top1 ?? null,
      top5: best?.top5 ?? null,
      testSize: best?.inputSize ?? null,
    };
  });
}
