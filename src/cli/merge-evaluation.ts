// Parts of `evaluate` as the figures of all pictures: the same bytes as of one machine.

import { FileError, UsageError } from "../errors.ts";
import type { MergedParts } from "../run/merge.ts";
import type { Judgement } from "../training/metrics.ts";
import { type Evaluated, resultOf } from "./evaluate-result.ts";
import { told } from "./merge-progress.ts";
import type { Out } from "./out.ts";
import type { Session } from "./session.ts";

export async function mergeEvaluation(
  { terminal, signal }: Session,
  parts: MergedParts,
  out: Out,
  { isJson, isPlain }: { readonly isJson: boolean; readonly isPlain: boolean },
): Promise<void> {
  const { labels, ...evaluated } = settingsOf(parts);
  const judgements: Judgement[] = [];
  for await (const { file, text } of told(parts, signal, terminal)) {
    const line = JSON.parse(text) as Judgement & { readonly error?: unknown };
    if (line.error !== undefined) continue;
    for (const index of [line.label, line.answer]) {
      if (Number.isInteger(index) && index >= 0 && index < labels.length) continue;
      throw new FileError(file, `its line: expected a class below ${labels.length}, got ${index}.`);
    }
    judgements.push(line);
  }
  if (judgements.length === 0) throw new UsageError("data", "no picture to evaluate could be read.");
  const paint = isPlain ? (_: string, text: string): string => text : terminal.paint;
  const { text, summary } = resultOf(evaluated, judgements, labels, { broken: parts.broken, isJson, paint });
  await out.write(text);
  terminal.note(summary);
}

/** What every part says alike. @throws FileError if it is not what evaluate writes */
function settingsOf({ settings, parts, model }: MergedParts): Evaluated & { labels: string[] } {
  const { split, temperature, labels, transform } = settings as {
    readonly split?: unknown;
    readonly temperature?: unknown;
    readonly labels?: unknown;
    readonly transform?: { readonly height?: unknown; readonly width?: unknown };
  };
  const [height, width] = [Number(transform?.height), Number(transform?.width)];
  const isList = Array.isArray(labels) && labels.every((label) => typeof label === "string");
  if (isList && typeof split === "string" && typeof temperature === "number" && height >= 1 && width >= 1) {
    return {
      data: parts[0].place,
      ...{ split, network: model.name, inputSize: { height, width }, temperature },
      labels,
    };
  }
  throw new FileError(parts[0].place, "its part's settings are not evaluate's. Do the parts again with --force.");
}
