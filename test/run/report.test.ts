import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { chart } from "#effnet/run/chart.js";
import { html } from "#effnet/run/html.js";
import { METRICS_HEADER, type MetricsRow, metricsLine, parseMetrics } from "#effnet/run/metrics-csv.js";
import { type ReportData, reportHtml } from "#effnet/run/report.js";
import { chromiumPath, launch } from "../browser/chromium.ts";
import { pngOf } from "../data/pictures.ts";

const rows: MetricsRow[] = [
  ...Array.from({ length: 20 }, (_, i) => ({
    update: 5 * (i + 1),
    epoch: (i + 1) / 10,
    rate: 3e-4 * (1 - i / 20),
    train_loss: 2.3 * 0.9 ** i,
  })),
  { update: 50, epoch: 1, train_loss: 1.4, eval_loss: 1.1, eval_top1: 0.7, eval_top5: 0.95 },
  { update: 100, epoch: 2, train_loss: 0.5, eval_loss: 0.6, eval_top1: 0.9, eval_top5: 1 },
];

const data: ReportData = {
  title: "run <1>",
  summary: [["best validation top-1", "90 %"]],
  rows,
  evaluation: {
    split: "validation",
    classes: ["cat", "dog & co"],
    confusion: [
      [9, 1],
      [0, 10],
    ],
    mistakes: [
      {
        name: "cat/<script>alert(1)</script>.jpg",
        label: "cat",
        answer: "dog & co",
        probability: 0.987,
        png: pngOf(1),
      },
      { name: "cat/gone.jpg", label: "cat", answer: "dog & co", probability: 0.5, png: null },
    ],
  },
  config: { model: "efficientnet_b0", recipe: { rate: 3e-4 } },
  findings: ['train: class "elk" has no pictures.'],
};

describe("the report", () => {
  const text = reportHtml(data);

  test("holds no file, script or address besides itself", () => {
    expect(text).not.toMatch(/<script|<link|https?:|src="(?!data:)/);
  });

  test("shows what a file or class is called, whatever that is", () => {
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;.jpg");
    expect(text).toContain("<b>cat</b> taken for <b>dog &amp; co</b>: 1");
  });

  test("has the curves, the recipe and what was found", () => {
    expect(text.match(/<svg/g)).toHaveLength(3);
    expect(text).toContain("&quot;rate&quot;: 0.0003");
    expect(text).toContain("<li>train: class &quot;elk&quot; has no pictures.</li>");
  });

  test("of a run that has just begun says so", () => {
    const begun = reportHtml({ ...data, rows: [], evaluation: null, findings: [] });
    expect(begun.match(/nothing yet/g)).toHaveLength(3);
    expect(begun).not.toContain("Confusions");
  });

  test("lists the confused pairs alone where a matrix would not fit", () => {
    const classes = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    const confusion = classes.map((_, i) => classes.map((_, j) => (i === j ? 5 : i === 7 && j === 9 ? 3 : 0)));
    const large = reportHtml({ ...data, evaluation: { split: "validation", classes, confusion, mistakes: [] } });
    expect(large).not.toContain("<table");
    expect(large).toContain("<b>class 7</b> taken for <b>class 9</b>: 3");
  });
});

describe("a chart", () => {
  const drawn = (points: readonly (readonly [number, number])[]): string =>
    chart([{ name: "loss", style: "a", points }], { title: "loss", x: "epoch" }).text;

  test("spans what there is: the least at the bottom, the most at the top", () => {
    expect(
      drawn([
        [0, 1],
        [10, 3],
        [5, 2],
      ]),
    ).toContain('points="56.0,240.0 548.0,34.0 302.0,137.0"');
  });

  test("has ticks at round numbers", () => {
    const ticks = [
      ...drawn([
        [0, 0.31],
        [3, 0.94],
      ]).matchAll(/dy="4">([^<]+)</g),
    ].map(([, text]) => text);
    expect(ticks).toEqual(["0.4", "0.6", "0.8"]);
  });

  test("leaves out what is no number, and draws a single point", () => {
    expect(
      drawn([
        [0, Number.NaN],
        [1, 5],
      ]),
    ).toContain('points="302.0,137.0"');
  });
});

test("markup joins lists, keeps markup and escapes the rest", () => {
  const parts = ["<", html`<b>${"&"}</b>`, 3, null];
  expect(html`<p title="${'"'}">${parts}</p>`.text).toBe('<p title="&quot;">&lt;<b>&amp;</b>3</p>');
});

test("rows of metrics.csv come back as they were written; a line that was cut off does not", () => {
  const text = METRICS_HEADER + rows.map(metricsLine).join("");
  expect(parseMetrics(text)).toEqual(rows);
  expect(parseMetrics(text.slice(0, -3))).toEqual(rows.slice(0, -1));
});

const executablePath = chromiumPath();
test.skipIf(executablePath === undefined)(
  "the report opens in Chromium without errors, its pictures shown",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "effnet-report-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "report.html"), reportHtml(data));
    const browser = await launch(executablePath as string);
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("requestfailed", (request) => errors.push(request.url()));
      await page.goto(pathToFileURL(join(folder, "report.html")).href);
      const widths = await page
        .locator("img")
        .evaluateAll((images) => images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth));
      expect(widths).toEqual([24]);
      expect(errors).toEqual([]);
      if (process.env["SCREENSHOT"]) await page.screenshot({ path: process.env["SCREENSHOT"], fullPage: true });
    } finally {
      await browser.close();
    }
  },
  60_000,
);
