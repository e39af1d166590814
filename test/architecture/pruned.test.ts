import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Architecture,
  architectureFromShapes,
  architectureOf,
  ROWS,
  readShapeText,
  type ShapeEntry,
  scale,
  tensorSpecs,
  writeShapeText,
} from "#effnet/architecture/index.js";
import { prunedText } from "./golden.ts";

// biome-ignore format: columns
const TRIO = [
  ["efficientnet_b1_pruned", "tf_efficientnet_b1", 18_596, 508, "a4d0e6d4410d258313f3e1a35d9de45d60970032c3ba7fb88df8a087be1110b1"],
  ["efficientnet_b2_pruned", "tf_efficientnet_b2", 18_676, 508, "7bfa1a49533e531dcd315011ca727be18c23cf1b81017ff0ee4ccec3d325de03"],
  ["efficientnet_b3_pruned", "tf_efficientnet_b3", 21_133, 574, "0350c91308c49ab83ca14af4430cf0064740255ddd55e5058e73bda4d0bfd0f8"],
] as const;

describe.each(TRIO)("%s", (name, parent, bytes, count, sha256) => {
  test("its shape text is written byte for byte, from the network and from what was read", () => {
    const text = prunedText(name);
    expect(writeShapeText(architectureOf(name))).toBe(text);
    const entries = readShapeText(text, name);
    expect(entries.length).toBe(count);
    expect(writeShapeText(entries)).toBe(text);
    expect(text.length).toBe(bytes);
    expect(createHash("sha256").update(writeShapeText(entries)).digest("hex")).toBe(sha256);
  });

  test("its shape text and its parent make the network", () => {
    const entries = readShapeText(prunedText(name), name);
    expect(architectureFromShapes(entries, architectureOf(parent), { name, file: name })).toEqual(architectureOf(name));
  });
});

describe("shape texts", () => {
  test("any network of the family comes back from its own text", () => {
    for (const name of [
      "efficientnet_es",
      "tf_efficientnetv2_b2",
      "efficientnetv2_rw_s",
      "efficientnet_lite0",
    ] as const) {
      const a = architectureOf(name, { classes: name === "efficientnet_es" ? 0 : 7, inChannels: 4 });
      const entries = readShapeText(writeShapeText(a), name);
      expect(architectureFromShapes(entries, architectureOf(name), { name, file: "a" })).toEqual(a);
    }
  });

  test("any widths come back, as long as skips fit", () => {
    const width = fc.integer({ min: 1, max: 40 });
    const b0 = architectureOf("efficientnet_b0");
    fc.assert(
      fc.property(fc.array(width, { minLength: 7, maxLength: 7 }), width, width, (outs, expanded, head) => {
        const a: Architecture = {
          ...b0,
          name: "thin",
          stages: b0.stages.map((stage, s) =>
            stage.map((block, b) =>
              block.kind === "ir" ? { ...block, out: outs[s], expanded: expanded + b } : { ...block, out: outs[s] },
            ),
          ),
          head: { width: head },
        };
        const entries = readShapeText(writeShapeText(a), "thin.txt");
        expect(entries).toEqual(tensorSpecs(a).map(({ name, shape }) => ({ name, shape })));
        expect(architectureFromShapes(entries, b0, { name: "thin", file: "thin.txt" })).toEqual(a);
      }),
      { seed: 8, numRuns: 30 },
    );
  });

  test("spaces and line ends are ignored, as timm ignores them", () => {
    expect(readShapeText(" a.weight : [ 3,4 ,5 ]***\nb.n:[ ]\n", "a")).toEqual([
      { name: "a.weight", shape: [3, 4, 5] },
      { name: "b.n", shape: [] },
    ]);
  });

  test.each([
    ["", /entry 1: expected name:\[d0, d1\], got ""/],
    ["a:[1]***", /entry 2/],
    ["a:[1]**b:[2]", /entry 1/],
    ["a:1", /entry 1/],
    ["a:[0]", /tensor "a": expected a size between/],
    ["a:[-3]", /expected a size/],
    ["a:[3, x]", /got "x"/],
    ["a:[3,]", /expected a size/],
    ["a:[1e3]", /expected a size/],
    ["a:[99999999999]", /expected a size/],
    ["a:[1]***a:[1]", /listed twice/],
  ])("%j is refused, naming file and entry", (text, message) => {
    expect(() => readShapeText(text, "shapes.txt")).toThrow(message);
    expect(() => readShapeText(text, "shapes.txt")).toThrow(/^shapes\.txt: /);
  });

  const text = prunedText("efficientnet_b1_pruned");
  test.each<[string, string, RegExp]>([
    [
      "a tensor is missing",
      text.replace(/\*\*\*bn2\.bias:\[1280\]/, ""),
      /tensor "bn2\.bias": expected \[1280\], got none/,
    ],
    ["a block is missing", text.replace("blocks.3.1.conv_pwl.weight", "x"), /tensor "blocks\.3\.1\.conv_pwl\.weight"/],
    ["one is unknown", `${text}***extra:[3]`, /tensor "extra": is no tensor of this network/],
    [
      "shapes disagree",
      text.replace("bn1.weight:[32]", "bn1.weight:[31]"),
      /tensor "bn1\.weight": expected \[32\], got \[31\]/,
    ],
    [
      "a skip cannot add",
      text.replace("blocks.2.1.conv_pwl.weight:[35", "blocks.2.1.conv_pwl.weight:[34"),
      /blocks\.2\.1: .*skip/,
    ],
  ])("no network is made where %s", (_, broken, message) => {
    const entries: ShapeEntry[] = readShapeText(broken, "p.txt");
    const parent = architectureOf("tf_efficientnet_b1");
    expect(() => architectureFromShapes(entries, parent, { name: "p", file: "p.txt" })).toThrow(message);
  });

  test("mutated texts give a clear error or a network of exactly these tensors", () => {
    const small = scale(ROWS.efficientnet_lite0, { width: 0.3, depth: 0.3 });
    const whole = writeShapeText(small);
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.constantFrom("", "*", ":", "[", "]", "0", "9", ",", ".", "x"),
        (at, put) => {
          const mutated = whole.slice(0, at) + put + whole.slice(at + 1);
          try {
            const entries = readShapeText(mutated, "m.txt");
            const a = architectureFromShapes(entries, small, { name: "m", file: "m.txt" });
            expect(writeShapeText(a)).toBe(writeShapeText(entries));
          } catch (error) {
            expect(error).toMatchObject({ code: "file", file: "m.txt" });
          }
        },
      ),
      { seed: 8, numRuns: 300 },
    );
  });
});
