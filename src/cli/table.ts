// Aligned columns for people, CSV for programs.

/** What a cell leans to; numbers lean right. */
export type Align = "left" | "right";

const WIDE = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u;

/** Columns that `text` takes on a terminal, near enough: East Asian characters and emoji take two, marks none. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += /\p{Mark}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return sum;
}

/** `text` filled with blanks to `width` columns. */
export function fill(text: string, width: number, align: Align = "left"): string {
  const blanks = " ".repeat(Math.max(width - columns(text), 0));
  return align === "left" ? text + blanks : blanks + text;
}

/** Rows as lines: two blanks between columns, every column as wide as its widest cell, none after the last. */
export function table(rows: readonly (readonly string[])[], aligns: readonly Align[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, columns(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => fill(cell, widths[i], aligns[i]))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** One CSV record (RFC 4180): cells with commas, quotes or line breaks are quoted. */
export function csv(cells: readonly (string | number)[]): string {
  const quoted = cells.map((cell) => {
    const text = String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(",")}\r\n`;
}
