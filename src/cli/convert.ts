// `effnet convert`: a torch checkpoint, or safetensors, as safetensors that need no other flag.

import { extname } from "node:path";
import { Command } from "commander";
import { UsageError } from "../errors.ts";
import { writeWhole } from "../run/partial.ts";
import type { Description } from "../weights/metadata.ts";
import { counted, megabytes } from "./numbers.ts";
import { within, withSession } from "./options.ts";
import { EXIT, type Run, type SessionOptions } from "./session.ts";
import { shownText } from "./style.ts";

interface ConvertFlags extends SessionOptions {
  readonly model?: string;
  readonly like?: string;
  readonly half?: true;
  readonly minProbability?: number;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  effnet convert efficientnet_b0_ra-3dd342df.pth b0.safetensors --model efficientnet_b0
  effnet convert checkpoint.pth.tar mine.safetensors --model efficientnet_b0 --half
  effnet convert model_best.pth.tar home.safetensors --like mine.safetensors

A trainer's checkpoint gives its averaged (EMA) weights where it has them. Nothing in a checkpoint is executed. With
--model the tensors are checked against the network, and the file then says what it is: classify and embed need no
--model for it, and timm loads its tensors as they are.`;

/** @throws UsageError if the file has no config to write it into */
function withThreshold(description: Description, minProbability: number | undefined): Description {
  if (minProbability === undefined) return description;
  const { config } = description;
  if (config !== undefined) return { ...description, config: { ...config, minProbability } };
  throw new UsageError("--min-probability", "expected weights that say what they are, got none. Give --model, too.");
}

export function convertCommand(run: Run): Command {
  const command = new Command("convert")
    .description("Write a torch checkpoint as safetensors.")
    .argument("<in>", "torch checkpoint (.pth, .pt, .tar, .bin) or safetensors; a path, URL or hf-hub:owner/name")
    .argument("<out>", "the .safetensors file to write; it appears when it is whole")
    .option("-m, --model <name>", "the network it holds, written into the file")
    .option("--like <file>", "a file of effnet's that was trained on elsewhere: its network, preprocessing and classes")
    .option("--half", "kernels and matrices as float16, half the size; vectors stay float32")
    .option("--min-probability <p>", "written into the file: classify calls a picture unsure below it", within(0, 1))
    .optionsGroup("Answer (on stdout):")
    .option("--json", "what was written: { file, bytes, tensors, architecture }");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((input: string, output: string, flags: ConvertFlags) =>
      run(flags, async (session) => {
        if (extname(output).toLowerCase() !== ".safetensors") {
          throw new UsageError("out", `expected a name that ends with .safetensors, got ${shownText(output)}.`);
        }
        if (flags.model !== undefined && flags.like !== undefined) {
          throw new UsageError("--like", "says which network it is, as --model does. Give one of them.");
        }
        const { describedLike, readStored } = await import("./stored.ts");
        const { descriptionMetadata } = await import("../weights/metadata.ts");
        const { writeSafetensors } = await import("../weights/safetensors.ts");
        const read = await readStored(session, input, flags.model);
        const like = flags.like === undefined ? null : await readStored(session, flags.like, undefined);
        const { tensors, description: own, ...stored } = like === null ? read : await describedLike(read, like);
        const description = withThreshold(own, flags.minProbability);
        session.signal.throwIfAborted();
        const metadata = new Map([...stored.metadata, ...descriptionMetadata(description)]);
        const bytes = writeSafetensors(tensors, { metadata, ...(flags.half ? { half: "F16" } : {}) });
        await writeWhole(output, bytes, session.signal);

        const name = description.architecture?.name;
        session.terminal.note(
          [
            shownText(output),
            counted(tensors.size, "tensor"),
            megabytes(bytes.length),
            ...(name === undefined ? ["no network named (--model)"] : [name]),
          ].join(" · "),
        );
        if (flags.json) {
          const result = {
            file: output,
            bytes: bytes.length,
            tensors: tensors.size,
            architecture: name ?? null,
          };
          await session.terminal.result(`${JSON.stringify(result)}\n`);
        }
        return EXIT.fine;
      }),
    );
}
