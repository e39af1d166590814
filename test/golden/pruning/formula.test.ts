// The formula itself, against the check values that came with the golden files.

import { expect, test } from "vitest";
import { s, u } from "./formula.ts";

test("the first two words of pruning.image are the published ones", () => {
  expect([u("pruning.image", 0), u("pruning.image", 1)]).toEqual([3846729975, 4141720525]);
});

test("signed values keep the upper 24 bits", () => {
  expect(s("pruning.image", 0)).toBe((3846729975 >>> 8) / 2 ** 23 - 1);
});
