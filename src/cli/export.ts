// `effnet export`: a network for other programs. This file reads the arguments and says what was written; each target is a
// file of its own, export-onnx.ts and its like.

import { Command, InvalidArgumentError, Option } from "commander";
import type { Export, ExportFlags, Target } from "./export-target.ts";
import { megabytes } from "./numbers.ts";
import { pixels, whole, withSession } from "./options.ts";
import { EXIT, type Run } from "./session.ts";
import { shownText } from "./style.ts";

/** What `--for` may be, each in a file of its own. */
const TARGETS: Readonly<Record<Target, () => Promise<Export>>> = {
  onnx: async () => (await import("./export-onnx.ts")).exportForOnnx,
  timm: async () => (await import("./export-timm.ts")).exportForTimm,
  hub: async () => (await import("./export-hub.ts")).exportForHub,
};

const EXAMPLES = `
Examples:
  effnet export w.safetensors b1.onnx --model efficientnet_b1_pruned
  effnet export w.safetensors b1.onnx --model efficientnet_b1_pruned --input-size any --preprocess --softmax
  effnet export runs/efficientnet_b0-1/best.safetensors for-timm.safetensors --for timm
  effnet export runs/efficientnet_b0-1/best.safetensors my-net --for hub --metrics metrics.json

The ONNX file (opset 17) takes "input", float32 [batch, 3, height, width], normalised, and gives "logits"; with --preprocess
it takes "pixels", uint8 [batch, height, width, 3], of the input's size. Labels and preprocessing are in its metadata.
Instead of a file, a name such as efficientnet_b1_pruned or hf-hub:timm/efficientnet_b0.ra_in1k fetches the weights.
--for timm writes safetensors that timm loads, and prints the lines; where pruning changed widths also timm's shape text. --for hub
writes a folder as timm's push_to_hub does: model.safetensors, config.json, and a model card of what is known of the file.
Padding channels (--align) changes no answer: it is for runtimes that are slow where widths are odd, as pruning leaves them.`;

export function exportCommand(run: Run): Command {
  const command = new Command("export")
    .description("Write a network for other programs: as ONNX, for timm, or as a folder for the hub.")
    .argument("<file>", "safetensors or torch checkpoint, a path or URL; a file of effnet's needs no --model")
    .argument("<out>", "what to write; it appears when it is whole")
    .option("-m, --model <name>", "the network that the file holds")
    .addOption(new Option("--for <what>", "who reads it").choices(Object.keys(TARGETS)).default("onnx"))
    .optionsGroup("ONNX:")
    .option("--input-size <pixels>", "224, HEIGHTxWIDTH, or any (default: the weights' own)", orAny(pixels))
    .option("--batch <n>", "pictures a run", orAny(whole(1, 2 ** 20)), "any")
    .option("--align <n>", "channels padded to a multiple: none, 8, 16, or auto, what is faster", align, "auto")
    .addOption(
      new Option("--output <what>", "what it gives").choices(["logits", "embedding", "features"]).default("logits"),
    )
    .option("--preprocess", "takes bytes and normalises them")
    .option("--softmax", "gives probabilities")
    .optionsGroup("Hub:")
    .option("--metrics <file>", "what effnet evaluate --json wrote, for the model card")
    .optionsGroup("ONNX, timm, hub:")
    .option("--half", "weights as float16, half the size")
    .optionsGroup("Answer (on stdout):")
    .option("--json", "what was written: { file, for, bytes, architecture }");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((source: string, out: string, flags: ExportFlags) =>
      run(flags, async (session) => {
        const write = await TARGETS[flags.for]();
        const { bytes, architecture, remarks } = await write(session, source, out, flags);
        session.terminal.note([shownText(out), megabytes(bytes), architecture, ...remarks].join(" · "));
        if (flags.json) {
          const result = { file: out, for: flags.for, bytes, architecture };
          await session.terminal.result(`${JSON.stringify(result)}\n`);
        }
        return EXIT.fine;
      }),
    );
}

function orAny<T>(read: (text: string) => T): (text: string) => T | "any" {
  return (text) => (text === "any" ? text : read(text));
}

function align(text: string): ExportFlags["align"] {
  if (text === "auto" || text === "none") return text;
  if (text === "8" || text === "16") return Number(text) as 8 | 16;
  throw new InvalidArgumentError("Expected none, 8, 16 or auto.");
}
