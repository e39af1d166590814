// `effnet explain`: where on each picture a class is seen, as a PNG of the picture under warm colours.

import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, parse } from "node:path";
import { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { Picture } from "../image/picture.ts";
import type { Outcome } from "../model/ahead.ts";
import type { Model, PictureOptions } from "../model/model.ts";
import { PartialFile } from "../run/partial.ts";
import type { Explanation } from "../training/explain.ts";
import { type PictureFlags, withNetwork, withPictures, withSession } from "./options.ts";
import type { Out } from "./out.ts";
import { type Answer, answerPictures, type Sink } from "./pictures.ts";
import type { Run, Session } from "./session.ts";
import { shownText } from "./style.ts";
import { columns, fill } from "./table.ts";

interface ExplainFlags extends PictureFlags {
  readonly class?: string;
  readonly layer?: string;
}

interface Explained {
  readonly photo: Picture;
  readonly explanation: Explanation;
}

const SUFFIX = ".explained.png";

const EXAMPLES = `
Examples:
  effnet explain cat.jpg --model efficientnet_b0
  effnet explain cat.jpg --weights mine.safetensors --class espresso --out why.png
  effnet explain photos/ --weights mine.safetensors --out explained/ --json > maps.json

Yellow is where the class is seen most, uncoloured where it is not; dark is what the crop leaves out.`;

export function explainCommand(run: Run): Command {
  const command = new Command("explain")
    .description("Show where on pictures a class is seen (Grad-CAM).")
    .argument("<paths...>", "pictures, folders, globs, or - for a list on stdin");
  withPictures(withNetwork(command))
    .optionsGroup("Answer (on stdout):")
    .option("--class <name>", "a label or index (default: the most probable class of each picture)")
    .option("--layer <name>", "the result that is looked at: map, or a block or stage such as blocks.4", "map")
    .option("-o, --out <path>", `the PNG, or a folder for many (default: NAME${SUFFIX} beside the picture)`)
    .option("--json", "one JSON array: { file, png, index, label, probability, map, box } or { file, error }");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((paths: string[], { out, ...flags }: ExplainFlags) =>
      run(flags, (session) =>
        answerPictures(session, paths, flags, {
          answers: (model, files, options) => explainEach(model, files, flags, options),
          sink: (results, files) => {
            const pngs = pngsFor(files, out);
            const listing = flags.json ? jsonListing(results) : tableListing(results, files);
            return pngSink(session, pngs, listing);
          },
        }),
      ),
    );
}

/** One picture after the other; what its file is to blame for is its outcome, all else ends the work. */
async function* explainEach(
  model: Model,
  files: readonly string[],
  flags: ExplainFlags,
  { signal, onProgress, ...options }: PictureOptions,
): AsyncGenerator<Outcome<string, Explained>> {
  const { createExplainer } = await import("../training/explain.ts");
  const { pictureOf } = await import("../model/input.ts");
  const explainer = await createExplainer(model, { ...options, layer: flags.layer });
  try {
    let done = 0;
    for (const item of files) {
      signal?.throwIfAborted();
      try {
        const photo = await pictureOf(item, { exif: options.exif, signal });
        const explanation = await explainer.explain(photo, { class: flags.class, ...(signal && { signal }) });
        yield { item, value: { photo, explanation } };
      } catch (error) {
        if (error instanceof UsageError) throw error; // there is no such class
        yield { item, error };
      }
      onProgress?.({ stage: "pictures", done: ++done, total: files.length, unit: "pictures" });
    }
  } finally {
    await explainer.dispose();
  }
}

/** Where each picture's PNG goes. @throws UsageError if several would go to one place */
function pngsFor(files: readonly string[], out: string | undefined): Map<string, string> {
  const isFolder =
    out !== undefined && (/[\\/]$/.test(out) || (statSync(out, { throwIfNoEntry: false })?.isDirectory() ?? false));
  if (files.length > 1 && !isFolder) {
    const what = out === undefined ? "no place for" : `${out} is no folder, and there are`;
    throw new UsageError("--out", `${what} ${files.length} pictures. Give a folder, such as explained/`);
  }
  const pngs = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const file of new Set(files)) {
    const name = parse(/^https?:/i.test(file) ? basename(new URL(file).pathname) : file);
    const beside = /^https?:/i.test(file) ? "" : name.dir;
    const png = out === undefined ? join(beside, name.name + SUFFIX) : isFolder ? join(out, name.name + SUFFIX) : out;
    const other = taken.get(png);
    if (other !== undefined) {
      throw new UsageError("--out", `${other} and ${file} would both become ${png}. Explain them apart.`);
    }
    taken.set(png, file);
    pngs.set(file, png);
  }
  return pngs;
}

/** Says on stdout what was explained. */
interface Listing {
  each(answer: Answer<Explanation>, png: string): Promise<void>;
  end(isWhole: boolean): Promise<void>;
}

function pngSink({ terminal, signal }: Session, pngs: ReadonlyMap<string, string>, listing: Listing): Sink<Explained> {
  return {
    each: async (answer) => {
      const png = pngs.get(answer.file) as string;
      if ("error" in answer) return listing.each(answer, png);
      const { photo, explanation } = answer.value;
      const { overlay } = await import("../training/overlay.ts");
      const { encodePng } = await import("../image/encode.node.ts");
      await write(png, await encodePng(overlay(photo, explanation)), signal);
      if (explanation.map.data.every((heat) => heat === 0)) {
        terminal.note(`${shownText(answer.file)}: nothing on it speaks for ${shownText(explanation.label)}.`);
      }
      await listing.each({ file: answer.file, value: explanation }, png);
    },
    end: (isWhole) => listing.end(isWhole),
  };
}

async function write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch(() => {}); // opening it says what is wrong
  const file = await PartialFile.open(path);
  try {
    await file.write(bytes, signal);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function jsonListing(out: Out): Listing {
  let separator = "[\n";
  return {
    each: async (answer, png) => {
      await out.write(separator + JSON.stringify(record(answer, png)));
      separator = ",\n";
    },
    end: (isWhole) => out.end(separator === "[\n" ? "[]\n" : "\n]\n", isWhole),
  };
}

function record(answer: Answer<Explanation>, png: string): object {
  if ("error" in answer) return answer;
  const { map, ...explanation } = answer.value;
  const [height, width] = map.shape;
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from(map.data.subarray(y * width, (y + 1) * width), (heat) => Number(heat.toFixed(4))),
  );
  return { file: answer.file, png, ...explanation, map: rows };
}

const WIDEST_NAME = 48; // columns; longer file names push their row to the right

function tableListing(out: Out, files: readonly string[]): Listing {
  const widest = files.reduce((most, file) => Math.max(most, columns(shownText(file))), 4);
  const width = Math.min(widest, WIDEST_NAME);
  let header = `${fill("file", width)}  probability  class  label, picture\n`;
  return {
    each: async (answer, png) => {
      if ("error" in answer) return; // told on stderr
      const { index, label, probability } = answer.value;
      const share = fill(`${(probability * 100).toFixed(2)} %`, 11, "right");
      const row = `${fill(shownText(answer.file), width)}  ${share}  ${fill(String(index), 5, "right")}`;
      await out.write(`${header}${row}  ${shownText(label)}, ${shownText(png)}\n`);
      header = "";
    },
    end: (isWhole) => out.end("", isWhole),
  };
}
