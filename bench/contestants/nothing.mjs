// For tests of the machinery: a call that adds its label to the file `log` and waits `wait` ms; with `exit` it ends at once.

import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

export function open({ label, wait, log, exit }) {
  if (exit !== undefined) process.exit(exit);
  const run = async () => {
    appendFileSync(log, `${label}\n`);
    await setTimeout(wait);
  };
  return { version: "1", run };
}
