// Which network timm is asked for so that an architecture comes out.

import { describe, expect, test } from "vitest";
import type { Architecture } from "#effnet/architecture/architecture.js";
import { architectureOf } from "#effnet/architecture/build.js";
import { OWN_ROWS } from "#effnet/architecture/own.js";
import type { ModelName } from "#effnet/architecture/rows.js";
import { architectureFromShapes, readShapeText } from "#effnet/architecture/shape-text.js";
import { timmNetworkOf } from "#effnet/architecture/timm-network.js";

const b1 = architectureOf("efficientnet_b1", { classes: 10 });

/** With other widths: 100 more channels in the first expansion of the third stage. */
function wider(a: Architecture): Architecture {
  const stages = a.stages.map((stage, s) =>
    stage.map((block, b) =>
      s === 2 && b === 0 && block.kind === "ir" ? { ...block, expanded: block.expanded + 100 } : block,
    ),
  );
  return { ...a, stages };
}

describe("an architecture as it is published", () => {
  test.each<ModelName>(["efficientnet_b1", "efficientnet_b1_pruned", "tf_efficientnetv2_b0", "efficientnet_es"])(
    "%s is its own, whatever its classes and channels",
    (name) => {
      const a = architectureOf(name, { classes: 7, inChannels: 1 });
      expect(timmNetworkOf(a)).toEqual({ name, shapes: null });
    },
  );

  test("is found under another name", () => {
    expect(timmNetworkOf({ ...b1, name: "mine" })).toEqual({ name: "efficientnet_b1", shapes: null });
  });
});

describe("an architecture with other widths", () => {
  test("is made from the network of its name and a shape text, which gives it back", () => {
    const a = wider(b1);
    const found = timmNetworkOf(a);
    expect(found?.name).toBe("efficientnet_b1");
    const entries = readShapeText(found?.shapes ?? "", "text");
    expect(architectureFromShapes(entries, b1, { name: a.name, file: "text" })).toEqual(a);
  });

  test("has a parent with its padding and epsilon", () => {
    const pruned = architectureOf("efficientnet_b1_pruned");
    const found = timmNetworkOf({ ...wider(pruned), name: "mine" });
    expect(["tf_efficientnet_b1", "efficientnet_b1_pruned"]).toContain(found?.name);
  });
});

test("timm has none with other depths or kernels", () => {
  const deeper = { ...b1, stages: [...b1.stages.slice(0, -1), [...b1.stages[6], b1.stages[6][0]]] };
  expect(timmNetworkOf(deeper)).toBe(null);
  expect(timmNetworkOf({ ...b1, stem: { ...b1.stem, stride: 1 } })).toBe(null);
  expect(timmNetworkOf(architectureOf(OWN_ROWS.effnet_cifar10))).toBe(null);
});
