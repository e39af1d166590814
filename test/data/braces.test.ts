import { expect, test } from "vitest";
import { expandBraces } from "#effnet/data/braces.js";

test.each([
  ["a.tar", ["a.tar"]],
  ["a-{08..11}.tar", ["a-08.tar", "a-09.tar", "a-10.tar", "a-11.tar"]],
  ["{0..1}/{3..4}", ["0/3", "0/4", "1/3", "1/4"]],
  ["{a..b}", ["{a..b}"]],
])("%s stands for %j", (pattern, names) => {
  expect(expandBraces(pattern)).toEqual(names);
});

test("a range that runs backwards or without end is refused", () => {
  expect(() => expandBraces("{3..1}.tar")).toThrow("{3..1}.tar: expected a range from low to high, got {3..1}.");
  expect(() => expandBraces("{0..9999}{0..9999}")).toThrow("expected at most 1000000 shards");
});
