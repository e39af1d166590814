import { expect, test } from "vitest";
import { inClassOrder, requireClasses } from "#effnet/data/classes.js";
import { UsageError } from "#effnet/errors.js";

test("classes stand in timm's natural order: numbers by value, letters without case", () => {
  expect(inClassOrder(["n10", "n2", "Zebra", "apple", "n2"])).toEqual(["apple", "n2", "n10", "Zebra"]);
  expect(inClassOrder(["10", "9", "1a", "1"])).toEqual(["1", "1a", "9", "10"]);
  expect(inClassOrder(["b", "B", "a"])).toEqual(["a", "B", "b"]);
});

test.each([
  [["a", "c"], "expected the 2 classes of run/1, got 2, without b and with c. Give the same data."],
  [["a"], "expected the 2 classes of run/1, got 1, without b. Give the same data."],
  [["b", "a"], "expected the 2 classes of run/1, got 2, in another order. Give the same data."],
])("another class list is refused: %j", (got, message) => {
  expect(() => requireClasses(got, ["a", "b"], "run/1")).toThrow(new UsageError("classes", message));
});

test("the same class list passes", () => {
  expect(requireClasses(["a", "b"], ["a", "b"], "run/1")).toBeUndefined();
});
