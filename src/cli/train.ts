// `effnet train`: fine-tunes a network on the user's classes, or trains one from scratch, into a run folder.

import { Command } from "commander";
import { whole, withCrop, within, withNetwork, withSession } from "./options.ts";
import type { Run } from "./session.ts";
import { type TrainFlags, withAugmentation, withData, withRecipe } from "./train-flags.ts";

const EXAMPLES = `
Examples:
  effnet train photos/ --model tf_efficientnetv2_b0 --head-only
  effnet train photos/ --model tf_efficientnetv2_b0 --out runs/photos
  effnet train --resume runs/photos
  effnet train 'shards/train-{000000..000009}.tar' --model test_efficientnet --scratch --input-size 32 --epochs 60

The data: a folder for every class, in folders train, validation and test or without (then some are held back); or
WebDataset shards. The run folder gets config.json, metrics.csv, events/ for TensorBoard, best.safetensors (which classify
takes as it is), last.safetensors (from which --resume goes on, whatever ended the run), log.txt and report.html. The path
of the best weights goes to stdout.`;

export function trainCommand(run: Run): Command {
  const command = new Command("train")
    .description("Train a network on pictures of your classes.")
    .argument("[data]", "a folder of classes, or tar shards (a folder of them, or names with a {range})");
  withNetwork(command, "of everything random: the same seed, data and options give the same weights (0)")
    .option("--scratch", "begin with random weights")
    .optionsGroup("Run:")
    .option("-o, --out <folder>", "the run's folder (default: runs/NAME-1, or the next that is free)")
    .option("--resume <folder>", "go on with a run where its last checkpoint is")
    .option("--checkpoint <minutes>", "between checkpoints within an epoch; 0: after each update (10)", within(0, 1e6));
  withAugmentation(
    withRecipe(
      withCrop(withData(command)).option("--batch <n>", "pictures of a batch (32; from scratch 128)", whole(1, 4096)),
    ),
  )
    .optionsGroup("Answer (on stdout):")
    .option("--json", "what came of it, as JSON");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((place: string | undefined, flags: TrainFlags) =>
      run(flags, async (session) => {
        const { trainData } = await import("./train-run.ts");
        return trainData(session, { place, flags, command });
      }),
    );
}
