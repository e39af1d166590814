// The formula itself, against the check values that came with the golden files.

import { expect, test } from "vitest";
import { formulaEntry, formulaInput } from "./formula.ts";

test("seed 2002 gives the published first weights of conv_stem and variances of bn1", () => {
  const { data } = formulaEntry(2002, "conv_stem.weight", [32, 3, 3, 3]);
  expect([...data.subarray(0, 3)]).toEqual([0.13564428687095642, -0.3062600791454315, 0.2955755591392517]);
  const variances = formulaEntry(2002, "bn1.running_var", [32], { bn1: 1 }).data;
  expect([...variances.subarray(0, 2)]).toEqual([1.9950803518295288, 2.8532214164733887]);
});

test("seed 2002 gives the published input of efficientnet_b0 at 193×161, to the last bit and as a sum", () => {
  const { data } = formulaInput(2002, [2, 193, 161, 3]);
  expect([...data.subarray(0, 3)]).toEqual([1.0291218757629395, 1.3930907249450684, 0.4750572443008423]);
  expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(4358.579675078392, 9);
});
