// Text for people and for programs: numbers, tables, CSV, YAML, names that would break a terminal.

import fc from "fast-check";
import { expect, test } from "vitest";
import { counted, duration, grouped, megabytes, rounded } from "#effnet/cli/numbers.js";
import { shownText } from "#effnet/cli/style.js";
import { columns, csv, table } from "#effnet/cli/table.js";
import { yamlItem } from "#effnet/cli/yaml.js";

test("numbers are grouped, rounded to three digits, and counted", () => {
  expect(grouped(5_288_548)).toBe("5,288,548");
  expect([999, 1000, 385_814_752, 999_600_000, 18_800_000_000].map(rounded)).toEqual([
    "999",
    "1 k",
    "386 M",
    "1 G",
    "18.8 G",
  ]);
  expect(megabytes(25_504_400)).toBe("25.5 MB");
  expect([counted(1, "picture"), counted(5000, "picture")]).toEqual(["1 picture", "5,000 pictures"]);
  expect([420, 8900, 74_000, 720_000].map(duration)).toEqual(["0.42 s", "8.9 s", "74 s", "12 min"]);
});

test("columns line up, East Asian text included, and no line ends with blanks", () => {
  expect(
    table(
      [
        ["name", "n"],
        ["猫", "12"],
        ["b", "3"],
      ],
      ["left", "right"],
    ),
  ).toBe("name   n\n猫    12\nb      3\n");
  expect(columns("e\u0301")).toBe(1);
});

test("a CSV record reads back whatever the cells hold", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (cells) => {
      expect(parsed(csv(cells))).toEqual(cells);
    }),
    { seed: 8, numRuns: 500 },
  );
});

test("shown names are one line without control characters, and harmless ones are left as they are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(shownText(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
    }),
    { seed: 8, numRuns: 500 },
  );
  expect(shownText("a\tb\x1b[31m.jpg")).toBe("a\\tb\\u001b[31m.jpg");
  expect(shownText("Katze 猫 é.jpg")).toBe("Katze 猫 é.jpg");
});

test("YAML quotes what would be read as something else", () => {
  expect(
    yamlItem({ a: "0.875", b: "85.37%", c: 1e-5, d: "x: y", e: ["it's", "yes"], f: [{ g: "#1", h: "a#b" }] }),
  ).toBe(
    `- a: '0.875'
  b: 85.37%
  c: 1.0e-05
  d: 'x: y'
  e:
  - it's
  - 'yes'
  f:
  - g: '#1'
    h: a#b
`,
  );
});

/** Cells of one CSV record (RFC 4180). */
function parsed(record: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at < record.length) {
    let cell = "";
    if (record[at] === '"') {
      for (at++; record[at] !== '"' || record[at + 1] === '"'; at++) {
        cell += record[at];
        if (record[at] === '"') at++;
      }
      at++;
    } else {
      for (; !/[,\r]/.test(record[at]); at++) cell += record[at];
    }
    cells.push(cell);
    at += record[at] === "," ? 1 : 2;
    if (record[at - 1] === "," && record.slice(at) === "\r\n") {
      cells.push("");
      break;
    }
  }
  return cells;
}
