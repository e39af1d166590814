// The hash that plans call their parents by, against Node's.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/index.js";
import { shapesHash } from "#effnet/pruning/plan.js";
import { sha256 } from "#effnet/pruning/sha256.js";

test("the hash of any text is Node's, around the lengths where blocks end too", () => {
  const same = (text: string): void => {
    expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
  };
  for (const length of [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000]) same("a".repeat(length));
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), same), { seed: 12, numRuns: 200 });
});

test("the shapes of timm's pruned networks have the hashes of timm's files", () => {
  const hashes = ["efficientnet_b1_pruned", "efficientnet_b2_pruned"] as const;
  expect(hashes.map((name) => shapesHash(architectureOf(name)))).toEqual([
    "a4d0e6d4410d258313f3e1a35d9de45d60970032c3ba7fb88df8a087be1110b1",
    "7bfa1a49533e531dcd315011ca727be18c23cf1b81017ff0ee4ccec3d325de03",
  ]);
});
