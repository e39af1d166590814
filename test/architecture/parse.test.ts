import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { architectureOf, type ModelName, parseArchitecture, ROWS } from "#effnet/architecture/index.js";

const names = Object.keys(ROWS) as ModelName[];

describe("an architecture as JSON", () => {
  test("comes back as it was, for every network of the family", () => {
    for (const name of names) {
      const a = architectureOf(name, { classes: 10, inChannels: 1 });
      expect(parseArchitecture(JSON.parse(JSON.stringify(a)), "a.safetensors")).toEqual(a);
    }
  });

  test("with any one value replaced it is refused with a clear error, or is still a network", () => {
    const text = JSON.stringify(architectureOf("efficientnet_b0"));
    const values = [...text.matchAll(/(?<=[:[,])("[^"]*"|[\d.]+|true|false|null)(?=[,\]}])/g)];
    fc.assert(
      fc.property(
        fc.nat(values.length - 1),
        fc.constantFrom("-1", "0", "1.5", "1e9", "null", '"x"', "[]", "{}", "true"),
        (at, put) => {
          const { index, 0: old } = values[at];
          const mutated = JSON.parse(text.slice(0, index) + put + text.slice(index + old.length));
          try {
            const a = parseArchitecture(mutated, "m.safetensors");
            expect(parseArchitecture(JSON.parse(JSON.stringify(a)), "m.safetensors")).toEqual(a);
          } catch (error) {
            expect(error).toMatchObject({ code: "file", file: "m.safetensors" });
          }
        },
      ),
      { seed: 8, numRuns: 300 },
    );
  });
});
