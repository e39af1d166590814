// A pruned network without a word about itself: known by its shapes, and back to timm's text.

import { describe, expect, test } from "vitest";
import {
  architectureFromShapes,
  architectureOf,
  readShapeText,
  tensorSpecs,
  writeShapeText,
} from "#effnet/architecture/index.js";
import { architectureOfCheckpoint } from "#effnet/pruning/checkpoint.js";
import { planFor, planWidths } from "#effnet/pruning/plan.js";
import { apply } from "#effnet/pruning/surgery.js";
import { widthsOf } from "#effnet/pruning/widths.js";
import { elements, type StateDict } from "#effnet/tensor.js";
import { adapt } from "#effnet/weights/adapt.js";
import { prunedText } from "../architecture/golden.ts";
import { formulaStateDict, tinyNetwork } from "./tiny.ts";

/** timm builds its pruned networks on SAME padding and epsilon 1e-3. */
const TRIO = [
  ["efficientnet_b1_pruned", "tf_efficientnet_b1"],
  ["efficientnet_b2_pruned", "tf_efficientnet_b2"],
  ["efficientnet_b3_pruned", "tf_efficientnet_b3"],
] as const;

/** All zeros: only shapes matter. */
function empty(specs: readonly { readonly name: string; readonly shape: readonly number[] }[]): StateDict {
  return new Map(specs.map(({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)) }]));
}

// 4.6, test 16
describe.each(TRIO)("%s", (name, parentName) => {
  const parent = architectureOf(parentName);
  const text = prunedText(name);

  test("timm's text makes the network, the network the text, and the plan that leaves it is its parent's", () => {
    const a = architectureFromShapes(readShapeText(text, name), parent, { name, file: name });
    expect(writeShapeText(a)).toBe(text);
    const widths = widthsOf(a);
    const order = new Map(
      Array.from(widthsOf(parent), ([group, width]) => [group, Array.from({ length: width }, (_, i) => i)]),
    );
    const plan = planFor(parent, widths, order);
    expect([...planWidths(parent, plan)].filter(([group, width]) => widths.get(group) !== width)).toEqual([]);
    const child = apply(parent, empty(tensorSpecs(parent)), plan);
    expect(writeShapeText(child.architecture)).toBe(text);
    expect({ ...child.architecture, name }).toEqual(architectureOf(name));
  });

  test("a checkpoint tells the network by its shapes alone and loads into it, with and without batch counters", () => {
    const whole = empty(readShapeText(text, name));
    const older = new Map([...whole].filter(([tensor]) => !tensor.endsWith("num_batches_tracked")));
    for (const checkpoint of [whole, older]) {
      const a = architectureOfCheckpoint(checkpoint, parent, { name, file: "w.pth" });
      expect(a).toEqual(architectureOf(name));
      expect(adapt(checkpoint, a, { file: "w.pth" }).size).toBe(whole.size);
    }
  });
});

describe("architectureOfCheckpoint", () => {
  test("the skips are the parent's, whatever the widths", () => {
    const parent = architectureOf("efficientnet_b0");
    const plan = planFor(
      parent,
      new Map([["blocks.4.stream", 80]]),
      new Map([["blocks.4.stream", Array.from({ length: 80 }, (_, i) => i)]]),
    );
    const { architecture, stateDict } = apply(parent, empty(tensorSpecs(parent)), plan);
    const found = architectureOfCheckpoint(stateDict, parent, { name: parent.name, file: "w" });
    expect(found).toEqual(architecture);
    expect(found.stages[4].map(({ hasSkip }) => hasSkip)).toEqual([false, true, true]);
  });

  test("refuses what no plan leaves of the parent, naming the tensor", () => {
    const parent = tinyNetwork("v1");
    const broken = formulaStateDict(parent);
    broken.set("blocks.1.1.bn1.bias", { shape: [39], data: new Float32Array(39) });
    const read = (stateDict: StateDict) => () =>
      architectureOfCheckpoint(stateDict, parent, { name: "x", file: "w.pth" });
    expect(read(broken)).toThrow('w.pth: tensor "blocks.1.1.bn1.bias": expected [40], got [39].');
    expect(read(formulaStateDict(tinyNetwork("v2")))).toThrow(
      'w.pth: tensor "blocks.0.0.conv_pw.weight": expected by the blocks of v1, got none.',
    );
  });
});
