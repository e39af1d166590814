#!/usr/bin/env node
// The command line's door: what commands there are, and what is said when none of them is meant.
// Nothing heavy is imported before the arguments are understood.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { EXIT, heedClosedPipes, inSession, type Run } from "./session.ts";

/** Each in a file of its own, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<(run: Run) => Command>>> = {
  classify: async () => (await import("./classify.ts")).classifyCommand,
  embed: async () => (await import("./embed.ts")).embedCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  info: async () => (await import("./info.ts")).infoCommand,
  list: async () => (await import("./list.ts")).listCommand,
  scale: async () => (await import("./scale.ts")).scaleCommand,
  measure: async () => (await import("./measure.ts")).measureCommand,
  train: async () => (await import("./train.ts")).trainCommand,
  prune: async () => (await import("./prune.ts")).pruneCommand,
  evaluate: async () => (await import("./evaluate.ts")).evaluateCommand,
  merge: async () => (await import("./merge.ts")).mergeCommand,
  export: async () => (await import("./export.ts")).exportCommand,
  convert: async () => (await import("./convert.ts")).convertCommand,
  cache: async () => (await import("./cache.ts")).cacheCommand,
};

const EXAMPLES = `
Examples:
  effnet list 'tf_efficientnetv2_*'
  effnet info efficientnet_b1_pruned
  effnet classify photos/ --model efficientnet_b1_pruned

Exit codes: 0 all well, 1 some inputs failed, 2 wrong usage, 3 weights or network unavailable, 130 and 143 interrupted.
effnet COMMAND --help says more.`;

/** With the one command that is `asked` for; with all if that is none. */
async function program(run: Run, asked: string | undefined): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const program = new Command("effnet")
    .description("EfficientNets with timm's weights and timm's answers.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(oneLine(text)),
    });
  const isCommand = asked !== undefined && Object.hasOwn(COMMANDS, asked);
  for (const name of isCommand ? [asked] : Object.keys(COMMANDS)) {
    const command = await COMMANDS[name]();
    program.addCommand(command(run).copyInheritedSettings(program));
  }
  return program;
}

/** commander's words as ours: one line that says what to do. */
function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^error: /, "effnet: ")
    .replace(/\s*\n\s*/g, " ");
  const isHelpful = /Expected|Did you mean|Allowed choices/.test(line);
  return `${isHelpful ? line : `${line.replace(/\.$/, "")}. Run effnet COMMAND --help to see what it takes.`}\n`;
}

/** Parses, runs, and says how it went. */
async function main(argv: readonly string[]): Promise<number> {
  heedClosedPipes();
  let exitCode: number = EXIT.fine;
  const run: Run = async (options, work) => {
    exitCode = await inSession(options, work);
  };
  try {
    await (await program(run, argv[2])).parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for; all else is wrong usage, and commander has said what.
    exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  }
  return exitCode;
}

main(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});
