#!/usr/bin/env node
// The command line's door: what commands there are, and what is said when none of them is meant.
// Nothing heavy is imported before the arguments are understood.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { classifyCommand } from "./classify.ts";
import { convertCommand } from "./convert.ts";
import { embedCommand } from "./embed.ts";
import { infoCommand } from "./info.ts";
import { listCommand } from "./list.ts";
import { scaleCommand } from "./scale.ts";
import { EXIT, inSession, type Run } from "./session.ts";

const EXAMPLES = `
Examples:
  effnet list 'tf_efficientnetv2_*'
  effnet info efficientnet_b1_pruned
  effnet classify photos/ --model efficientnet_b0 --weights model.safetensors

Exit codes: 0 all well, 1 some inputs failed, 2 wrong usage, 3 weights or network unavailable, 130 and 143 interrupted.
effnet COMMAND --help says more.`;

function program(run: Run): Command {
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
  const commands = [classifyCommand, embedCommand, infoCommand, listCommand, scaleCommand, convertCommand];
  for (const command of commands) program.addCommand(command(run).copyInheritedSettings(program));
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
  let exitCode: number = EXIT.fine;
  const run: Run = async (options, work) => {
    exitCode = await inSession(options, work);
  };
  try {
    await program(run).parseAsync(argv);
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
