// `effnet classify`: the most probable classes of each picture, as a table, JSON or CSV.

import { Command } from "commander";
import type { Prediction } from "../model/predict.ts";
import { type PictureFlags, whole, within, withNetwork, withPictures, withSession } from "./options.ts";
import type { Out } from "./out.ts";
import { type Answer, answerPictures, type Sink } from "./pictures.ts";
import type { Run } from "./session.ts";
import { answerPart, SHARD_HELP, type ShardFlags, withShard } from "./shard.ts";
import { type Paint, shownText } from "./style.ts";
import { columns, csv, fill } from "./table.ts";

interface ClassifyFlags extends PictureFlags, ShardFlags {
  readonly topK: number;
  readonly minProbability?: number;
  readonly csv?: true;
}

const WIDEST_NAME = 48; // columns; longer file names push their row to the right

const EXAMPLES = `
Examples:
  effnet classify cat.jpg
  effnet classify cat.jpg --model efficientnet_b1_pruned
  effnet classify cat.jpg --weights hf-hub:owner/name
  effnet classify photos/ 'more/**/*.png' --weights mine.safetensors --json > answers.json
  find . -name '*.jpg' | effnet classify - --weights mine.safetensors --top-k 1 --csv
  effnet classify photos/ --weights mine.safetensors --shard 3/64 --out answers

A path is a picture, a folder (with all below it) or a glob; - reads paths from stdin, one a line.

Without --model and --weights a small network answers that comes with effnet and knows ten classes. Networks for the
1,000 classes of ImageNet: effnet list; their weights are fetched from huggingface.co once (effnet cache).`;

export function classifyCommand(run: Run): Command {
  const command = new Command("classify")
    .description("Say what is on pictures: the most probable classes of each.")
    .argument("<paths...>", "pictures, folders, globs, or - for a list on stdin");
  withPictures(withNetwork(command))
    .optionsGroup("Answer (on stdout):")
    .option("-k, --top-k <n>", "classes per picture", whole(1), 5)
    .option(
      "--min-probability <p>",
      "call a picture unsure if its best class is below p (default: the weights' own)",
      within(0, 1),
    )
    .option("--json", "one JSON array: { file, predictions } or { file, error }")
    .option("--csv", "one record per class: file, rank, index, label, probability, unsure, error")
    .option("-o, --out <file>", "write to a file (.json and .csv choose the form); it appears when it is whole");
  return withSession(withShard(command))
    .addHelpText("after", EXAMPLES + SHARD_HELP)
    .action((paths: string[], flags: ClassifyFlags) =>
      run(flags, async (session) => {
        if (flags.shard !== undefined) {
          const { classifyPart } = await import("../run/pictures-part.ts");
          return answerPart(session, paths, flags, (model, pictures, options) =>
            classifyPart(model, pictures, { ...flags, ...options }),
          );
        }
        return answerPictures(session, paths, flags, {
          answers: (model, files, options) => model.classifyEach(files, { ...options, topK: flags.topK }),
          sink: (out, files, model) => {
            const least = flags.minProbability ?? model.config.minProbability ?? 0;
            const isUnsure = ([best]: Prediction[]): boolean => best.probability < least;
            if (flags.json || flags.out?.endsWith(".json")) return jsonSink(out, isUnsure);
            if (flags.csv || flags.out?.endsWith(".csv")) return csvSink(out, isUnsure);
            const paint: Paint = flags.out === undefined ? session.terminal.paint : (_, text) => text;
            return tableSink(out, isUnsure, files, paint);
          },
        });
      }),
    );
}

export type IsUnsure = (predictions: Prediction[]) => boolean;

/** A JSON array, written as it grows; an interrupt closes it, so that what came so far can be read. */
export function jsonSink(out: Out, isUnsure: IsUnsure): Sink<Prediction[]> {
  let separator = "[\n";
  return {
    each: async (answer) => {
      await out.write(separator + JSON.stringify(record(answer, isUnsure)));
      separator = ",\n";
    },
    end: (isWhole) => out.end(separator === "[\n" ? "[]\n" : "\n]\n", isWhole),
  };
}

function record(answer: Answer<Prediction[]>, isUnsure: IsUnsure): object {
  if ("error" in answer) return { file: answer.file, error: answer.error };
  const unsure = isUnsure(answer.value) ? { unsure: true } : {};
  return { file: answer.file, ...unsure, predictions: answer.value };
}

export function csvSink(out: Out, isUnsure: IsUnsure): Sink<Prediction[]> {
  let header = csv(["file", "rank", "index", "label", "probability", "unsure", "error"]);
  return {
    each: async (answer) => {
      const records =
        "error" in answer
          ? [csv([answer.file, "", "", "", "", "", answer.error])]
          : answer.value.map(({ index, label, probability }, i) =>
              csv([answer.file, i + 1, index, label, probability, String(isUnsure(answer.value)), ""]),
            );
      await out.write(header + records.join(""));
      header = "";
    },
    end: (isWhole) => out.end(header, isWhole),
  };
}

/** Written row by row: the names are known beforehand, all else has a fixed width. */
function tableSink(out: Out, isUnsure: IsUnsure, files: readonly string[], paint: Paint): Sink<Prediction[]> {
  const widest = files.reduce((most, file) => Math.max(most, columns(shownText(file))), 4);
  const width = Math.min(widest, WIDEST_NAME);
  let header = `${paint("dim", `${fill("file", width)}  probability  class  label`)}
`;
  return {
    each: async (answer) => {
      if ("error" in answer) return; // told on stderr
      const unsure = isUnsure(answer.value) ? "unsure: " : "";
      const rows = answer.value.map(({ index, label, probability }, i) => {
        const name = fill(i === 0 ? shownText(answer.file) : "", width);
        const share = fill(`${(probability * 100).toFixed(2)} %`, 11, "right");
        const text = i === 0 ? paint("bold", unsure + shownText(label)) : shownText(label);
        return `${name}  ${share}  ${fill(String(index), 5, "right")}  ${text}\n`;
      });
      await out.write(header + rows.join(""));
      header = "";
    },
    end: (isWhole) => out.end("", isWhole),
  };
}
