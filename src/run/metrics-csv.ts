// `metrics.csv`: one row for a stretch of updates, one for the end of an epoch. A column that has no number is empty.

/** Names are the file's columns; their order is that of the file. */
// biome-ignore format: columns
export const COLUMNS = [
  "update",              // optimizer updates so far
  "epoch",               // epochs so far, whole at the end of one
  "rate",                // learning rate of the head's group, last update
  "train_loss",          // mean over the stretch's updates, or over the epoch
  "pictures_per_second", // over the stretch
  "waited",              // share of the stretch's time that the engine waited for pictures
  "eval_loss",           // of the validation split at the end of an epoch, plain cross entropy
  "eval_top1",           // shares, 0 … 1
  "eval_top5",
  "average_loss",        // the same of the weights' running average
  "average_top1",
  "average_top5",
] as const;

export type Column = (typeof COLUMNS)[number];

export type MetricsRow = Readonly<Partial<Record<Column, number>>>;

export const METRICS_HEADER = `${COLUMNS.join(",")}\n`;

export function metricsLine(row: MetricsRow): string {
  return `${COLUMNS.map((column) => row[column] ?? "").join(",")}\n`;
}

/** The rows of a file, by the names in its first line; a last line that was cut off is left out. */
export function parseMetrics(text: string): MetricsRow[] {
  const [header, ...lines] = text.split("\n").slice(0, -1);
  const names = (header ?? "").split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    const known = names.flatMap((name, i) => (cells[i] ? [[name, Number(cells[i])]] : []));
    return Object.fromEntries(known) as MetricsRow;
  });
}
