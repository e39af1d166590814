// Progress on stderr: one line that redraws itself on a terminal, a plain line now and then elsewhere.

import type { Progress } from "../progress.ts";
import { duration, grouped, rounded } from "./numbers.ts";

const SHOW_AFTER_MS = 1000; // shorter work needs no bar
const REDRAW_MS = 100;
const PLAIN_EVERY_MS = 10_000; // a log file wants few lines
const BAR_CELLS = 24;

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class ProgressLine {
  readonly #stream: Stream;
  #stage = "";
  #startMs = 0;
  #nextMs = 0;
  #isDrawn = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Takes a report; shows it if it is time. A new stage starts the clock again. */
  report(progress: Progress): void {
    const now = performance.now();
    if (progress.stage !== this.#stage) {
      [this.#stage, this.#startMs, this.#nextMs] = [progress.stage, now, now + SHOW_AFTER_MS];
    }
    if (now < this.#nextMs || progress.done === progress.total) return;
    const isBar = this.#stream.isTTY === true;
    this.#nextMs = now + (isBar ? REDRAW_MS : PLAIN_EVERY_MS);
    const text = described(progress, now - this.#startMs, isBar);
    if (!isBar) this.#stream.write(`${text}\n`);
    // Cut to the terminal's width: a wrapped line could not be taken back.
    else this.#stream.write(`\r\x1b[2K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    this.#isDrawn = isBar;
  }

  /** Takes the bar away, so that something else may be written. */
  clear(): void {
    if (this.#isDrawn) this.#stream.write("\r\x1b[2K");
    this.#isDrawn = false;
  }
}

/** `classify ━━━━━───── 87 of 200 pictures · 22/s · 5.1 s left` */
function described({ stage, done, total, unit, detail }: Progress, elapsedMs: number, isBar: boolean): string {
  const shown = unit === "bytes" ? (count: number): string => `${rounded(count)}B` : grouped;
  const noun = unit === "bytes" ? "" : ` ${unit}`;
  const rate = (done / elapsedMs) * 1000;
  const each =
    unit === "bytes" ? `${rounded(Math.round(rate))}B/s` : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
  if (total === undefined) return `${stage} ${shown(done)}${noun} · ${each}`;
  const cells = Math.floor((done / total) * BAR_CELLS);
  const bar = isBar ? `${"━".repeat(cells)}${"─".repeat(BAR_CELLS - cells)} ` : "";
  const left = done === 0 ? "" : ` · about ${duration(((total - done) / done) * elapsedMs)} left`;
  const more = detail === undefined ? "" : ` · ${detail}`;
  return `${stage} ${bar}${shown(done)} of ${shown(total)}${noun} · ${each}${left}${more}`;
}
