// `effnet prune`: a smaller network within a budget, and what it takes to be as good as before, into a run folder.

import { Command } from "commander";
import { whole, withCrop, within, withNetwork, withSession } from "./options.ts";
import { type PruneFlags, withBudget, withPlan, withRecovery } from "./prune-flags.ts";
import type { Run } from "./session.ts";
import { withAugmentation, withData } from "./train-flags.ts";

const EXAMPLES = `
Examples:
  effnet prune runs/photos/best.safetensors --data photos/ --macs 50%
  effnet prune mine.safetensors --data photos/ --params 4M --epochs 0 --out runs/small
  effnet prune mine.safetensors --data photos/ --latency 8ms
  effnet prune --resume runs/small

The channels that matter least go, as many as the budget asks for and never fewer; what is left is fitted to what the
network gave before, and learns on from it and from the pictures (inner distillation). The data are those that the network
was trained on, its classes the folders' names. The run folder is train's, with plan.json and importance.json.`;

export function pruneCommand(run: Run): Command {
  const command = new Command("prune")
    .description("Make a network smaller, to a budget of multiply-adds, parameters or milliseconds.")
    .argument("[file]", "its weights, a file of effnet's; of others with --model (without a file: timm's of that name)")
    .option("-d, --data <place>", "a folder of classes, or tar shards (a folder of them, or names with a {range})");
  withNetwork(
    withPlan(withBudget(command)),
    "of everything random: the same seed, data and options give the same weights (0)",
  )
    .optionsGroup("Run:")
    .option("-o, --out <folder>", "the run's folder (default: runs/NAME-pruned-1, or the next that is free)")
    .option("--resume <folder>", "go on with a run where it was stopped")
    .option("--checkpoint <minutes>", "between checkpoints within an epoch; 0: after each update (10)", within(0, 1e6));
  withAugmentation(
    withRecovery(withCrop(withData(command)).option("--batch <n>", "pictures of a batch (32)", whole(1, 4096))),
  )
    .optionsGroup("Answer (on stdout):")
    .option("--json", "what came of it, as JSON");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((file: string | undefined, flags: PruneFlags) =>
      run(flags, async (session) => {
        const { pruneFile } = await import("./prune-run.ts");
        return pruneFile(session, { file, flags, command });
      }),
    );
}
