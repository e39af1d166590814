import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listModels } from "#effnet/architecture/index.js";
import { family, golden } from "./golden.ts";

describe("listModels", () => {
  test("names every network once, digits sorted as numbers, and no deprecated or excluded name", () => {
    const names: readonly string[] = listModels();
    expect([...names].sort()).toEqual(golden.map(([name]) => name).sort());
    expect(names.slice(0, 6)).toEqual([
      "efficientnet_b0",
      "efficientnet_b1",
      "efficientnet_b1_pruned",
      "efficientnet_b2",
      "efficientnet_b2_pruned",
      "efficientnet_b3",
    ]);
    for (const name of [...Object.keys(family.deprecated), ...Object.keys(family.excluded)]) {
      expect(names).not.toContain(name);
    }
  });

  test("pretrained: every name.tag that has weights", () => {
    const published = golden.flatMap(([name, row]) =>
      Object.entries(row.tags).flatMap(([tag, { has_weights }]) => (has_weights ? [`${name}.${tag}`] : [])),
    );
    expect([...listModels("*", { pretrained: true })].sort()).toEqual(published.sort());
  });

  test.each<[string, boolean, string[]]>([
    ["*_pruned", false, ["b1", "b2", "b3", "el", "es"].map((b) => `efficientnet_${b}_pruned`)],
    ["efficientnet_b?", false, [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `efficientnet_b${i}`)],
    ["efficientnet_[el][!m]", false, ["efficientnet_el", "efficientnet_es", "efficientnet_l2"]],
    ["tf_*lite[0-2]", false, [0, 1, 2].map((i) => `tf_efficientnet_lite${i}`)],
    ["*net*b0*", false, ["efficientnet_b0", "tf_efficientnet_b0", "tf_efficientnetv2_b0"]],
    ["efficientnet_b0", false, ["efficientnet_b0"]],
    ["Efficientnet_b0", false, []],
    ["b0", false, []],
    ["", false, []],
    ["[", false, []],
    ["efficientnet_b0", true, ["efficientnet_b0.ra4_e3600_r224_in1k", "efficientnet_b0.ra_in1k"]],
    ["efficientnet_b0.ra_*", true, ["efficientnet_b0.ra_in1k"]],
    ["*.sw*", true, ["efficientnet_b5.sw_in12k", "efficientnet_b5.sw_in12k_ft_in1k"]],
    ["efficientnet_b6", true, []],
  ])("pattern %j, pretrained %j", (pattern, pretrained, expected) => {
    expect(listModels(pattern, { pretrained })).toEqual(expected);
  });

  test("a range from high to low is refused", () => {
    expect(() => listModels("b[9-0]")).toThrow("pattern: expected a range from low to high, got [9-0].");
  });

  test("any pattern answers at once, with names of the family only", () => {
    const names = new Set<string>(listModels());
    const piece = fc.constantFrom("*", "?", "e", "n", "_", "[", "]", "!", "^", "\\", "(", "b", "0", "-", ".", "+");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          for (const name of listModels(pieces.join(""))) expect(names.has(name)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "usage", option: "pattern" });
        }
      }),
      { seed: 8, numRuns: 2000 },
    );
    expect(listModels(`${"*e".repeat(40)}!`)).toEqual([]);
  });
});
