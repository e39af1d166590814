// `effnet train --dry-run`: what is in the data, what is wrong with it, and what would be done.

import { type Finding, SPLIT_NAMES } from "../data/dataset.ts";
import { findingsOf, inspect } from "../data/inspect.ts";
import { counted } from "./numbers.ts";
import { EXIT, type Session } from "./session.ts";
import { shownText } from "./style.ts";
import { type Align, table } from "./table.ts";
import type { TrainFlags } from "./train-flags.ts";
import type { Prepared } from "./train-prepare.ts";

const MOST_LINES = 20; // of findings of one kind; JSON has all

/** @returns 1 if a picture is broken */
export async function dryRun(session: Session, prepared: Prepared, { json }: TrainFlags): Promise<number> {
  const { terminal, signal } = session;
  const { plan, splits, decoders, data } = prepared;
  const inspection = await inspect(splits, decoders, { signal, onProgress: terminal.onProgress });
  // The inspection has seen every picture; what the names alone said about empty classes is in it.
  const findings = [...splits.findings.filter(({ kind }) => kind !== "empty class"), ...findingsOf(inspection)];
  const exit = inspection.broken.length > 0 ? EXIT.failed : EXIT.fine;
  if (json) {
    await terminal.result(`${JSON.stringify({ ...inspection, findings, plan })}\n`);
    return exit;
  }
  const present = SPLIT_NAMES.filter((split) => inspection.splits.some((each) => each.split === split));
  const header = ["class", ...present];
  const rows = inspection.classes.map((label, index) => [
    shownText(label),
    ...present.map((split) => String(inspection.splits.find((each) => each.split === split)?.perClass[index] ?? 0)),
  ]);
  const aligns: Align[] = ["left", ...present.map((): Align => "right")];
  const [head, ...lines] = table([header, ...rows], aligns).split("\n");
  const { recipe, batch, transform } = plan;
  const updates = recipe.epochs * Math.ceil(data.train.batches / recipe.accumulation);
  const steps = [
    ...(recipe.head === null ? [] : ["fit the head on cached features"]),
    ...(recipe.epochs === 0
      ? []
      : [
          `${counted(recipe.epochs, "epoch")} of the whole network, ${counted(updates, "update")} of ${batch} at rate ${recipe.rate}`,
        ]),
  ];
  await terminal.result(
    [
      terminal.paint("dim", head),
      lines.join("\n"),
      `${prepared.model.architecture.name} at ${transform.height}×${transform.width}: ${steps.join(", then ")}.`,
      ...shown(findings),
      "",
    ].join("\n"),
  );
  return exit;
}

function shown(findings: readonly Finding[]): string[] {
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const lines = findings.filter((finding) => finding.kind === kind).map(({ message }) => shownText(message));
    const more = lines.length - MOST_LINES;
    return [...lines.slice(0, MOST_LINES), ...(more > 0 ? [`and ${more} more of this kind (--json has all).`] : [])];
  });
}
