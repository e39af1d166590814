import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const kernels = new URL("../../kernels/", import.meta.url);

test("the generated kernels are what their generator writes", async () => {
  const { FILES } = (await import(new URL("generate.mjs", kernels).href)) as { FILES: Record<string, string> };
  expect(Object.keys(FILES)).toEqual(["tiles.ts", "groups.ts", "training/tiles.ts", "training/groups.ts"]);
  for (const [name, text] of Object.entries(FILES)) {
    expect(readFileSync(new URL(name, kernels), "utf8"), `${name}: run node kernels/generate.mjs`).toBe(text);
  }
});
