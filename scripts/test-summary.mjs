// A Vitest reporter beside the default one: names every skipped test with its reason, and leaves the counts for `.ci/run`
// in .cache/tests/, one file for each Node. A file that could not be loaded counts as one failure.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../.cache/tests/", import.meta.url));

export default class TestSummary {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === "passed") counts.passed++;
        else if (state === "failed") counts.failed++;
        else {
          counts.skipped++;
          console.error(`skipped: ${module.relativeModuleId} > ${test.fullName}${note ? ` (${note})` : ""}`);
        }
      }
    }
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}node${process.versions.node.split(".")[0]}.json`, JSON.stringify(counts));
  }
}
