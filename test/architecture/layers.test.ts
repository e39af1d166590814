import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { architectureOf, cost, type Layer, layers, type ModelName, ROWS } from "#effnet/architecture/index.js";
import { goldenLayers } from "./golden.ts";

describe("every layer is timm's, in timm's order: shapes, padding, parameters, MACs", () => {
  test.each(goldenLayers)("%s", (name, { input: [, height, width], layers: rows }) => {
    const found = layers(architectureOf(name as ModelName), { height, width });
    const seen = found.map((layer, i) => row(layer, rows[i]?.[2] ?? null));
    expect(seen).toEqual(rows.map((each) => [...each]));
  });

  test("six networks are here", () => expect(goldenLayers.length).toBe(6));
});

const names = Object.keys(ROWS) as ModelName[];
const side = fc.integer({ min: 1, max: 300 });

describe("for any network and any size", () => {
  test("every map is ⌈side / stride⌉, each layer takes what the one before gave, and paddings fit", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names.filter((name) => !/l2|xl|b[678]/.test(name))), side, side, (name, h, w) => {
        let map = { height: h, width: w, channels: 3 };
        for (const layer of layers(architectureOf(name), { height: h, width: w })) {
          if (layer.kind === "convolution") {
            expect(layer.input).toEqual(map);
            const { kernel, stride, padding, input, output } = layer;
            const [top, bottom, left, right] = padding;
            expect(output.height).toBe(Math.ceil(input.height / stride));
            expect(output.width).toBe(Math.ceil(input.width / stride));
            expect(Math.floor((input.height + top + bottom - kernel) / stride) + 1).toBe(output.height);
            expect(Math.floor((input.width + left + right - kernel) / stride) + 1).toBe(output.width);
            map = output;
          } else if (layer.kind === "norm" || layer.kind === "gate" || layer.kind === "add") {
            expect(layer.output).toEqual(map);
          }
        }
      }),
      { seed: 8, numRuns: 40 },
    );
  });

  test("names are unique, and parameters, tensors and bytes do not depend on the size", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), side, side, (name, height, width) => {
        const found = layers(architectureOf(name), { height, width });
        expect(new Set(found.map((layer) => layer.name)).size).toBe(found.length);
        const { parameters, tensors, tensorBytes } = cost(found);
        expect(cost(layers(architectureOf(name), { height: 1, width: 1 }))).toMatchObject({
          parameters,
          tensors,
          tensorBytes,
        });
      }),
      { seed: 8, numRuns: 30 },
    );
  });

  test("MACs do not depend on padding, and grow with the size", () => {
    fc.assert(
      fc.property(fc.constantFrom("b0", "b3", "lite4", "es"), side, side, (name, height, width) => {
        const at = (full: ModelName, h: number) => cost(layers(architectureOf(full), { height: h, width })).macs;
        const [torch, tf] = [`efficientnet_${name}`, `tf_efficientnet_${name}`] as [ModelName, ModelName];
        expect(at(torch, height)).toBe(at(tf, height));
        expect(at(torch, height + 32)).toBeGreaterThan(at(torch, height));
      }),
      { seed: 8, numRuns: 30 },
    );
  });
});

describe("padding", () => {
  const stem = (name: ModelName, size: number) => {
    const [first] = layers(architectureOf(name), { height: size, width: size + 1 });
    return first.kind === "convolution" ? first.padding : null;
  };

  test("SAME puts the odd row after, and depends on the parity of the side", () => {
    expect(stem("tf_efficientnet_b0", 224)).toEqual([0, 1, 1, 1]);
    expect(stem("efficientnet_b1_pruned", 65)).toEqual([1, 1, 0, 1]);
  });

  test("symmetric padding is the same on all sides", () => {
    expect(stem("efficientnet_b0", 224)).toEqual([1, 1, 1, 1]);
  });
});

/** A layer as layers.json has it; norms and adds state no input there. */
function row(layer: Layer, goldenInput: readonly number[] | null): unknown[] {
  const flat = layer.kind === "linear" || layer.kind === "pool";
  const shape = ({ channels, height, width }: Layer["input"]) => [channels, height, width];
  const params = layer.tensors
    .filter(({ role }) => role === "weight" || role === "bias")
    .reduce((sum, spec) => sum + spec.shape.reduce((x, y) => x * y, 1), 0);
  const input = goldenInput === null ? null : layer.kind === "linear" ? [layer.input.channels] : shape(layer.input);
  const output = flat ? [layer.output.channels] : shape(layer.output);
  const tail = [params, layer.macs];
  switch (layer.kind) {
    case "convolution": {
      const groups = layer.isDepthwise ? layer.input.channels : 1;
      const op = layer.hasBias ? "conv+bias" : "conv";
      return [layer.name, op, input, output, layer.kernel, layer.stride, [...layer.padding], groups, ...tail];
    }
    case "se":
      return [layer.name, "conv+bias", input, output, 1, 1, [0, 0, 0, 0], 1, ...tail];
    case "norm": {
      const op = layer.activation === null ? "bn" : `bn+${layer.activation}`;
      return [layer.name, op, input, output, null, null, null, null, ...tail];
    }
    case "squeeze":
      return [layer.name.replace(/\.squeeze$/, ""), "se.mean", input, output, null, null, null, null, ...tail];
    case "gate":
      return [layer.name.replace(/\.gate$/, ""), "se.sigmoid*x", input, output, null, null, null, null, ...tail];
    case "add":
      return [layer.name.replace(/\.skip$/, ""), "residual add", input, output, null, null, null, null, ...tail];
    case "pool":
      return [layer.name, "avgpool", input, output, null, null, null, null, ...tail];
    case "linear":
      return [layer.name, "linear", input, output, null, null, null, null, ...tail];
  }
}
