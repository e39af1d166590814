// Class names and their indices: the order that makes an index, and lists that must agree.

import { listed, UsageError } from "../errors.ts";

/**
 * Class names in the order that gives them their indices: timm's `natural_key` (timm/data/readers/class_map.py and
 * reader_image_folder.py): digits as numbers, letters without case; `n2` before `n10`.
 */
export function inClassOrder(names: Iterable<string>): string[] {
  const keyed = Array.from(new Set(names), (name) => ({ name, key: name.toLowerCase().split(/(\d+)/) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key) || compareText(a.name, b.name)).map(({ name }) => name);
}

/**
 * Refuses data whose classes are not those of an earlier run or a trained network.
 * @throws UsageError that names what is missing, what is new, or that only the order differs
 */
export function requireClasses(got: readonly string[], expected: readonly string[], owner: string): void {
  if (got.length === expected.length && got.every((name, index) => name === expected[index])) return;
  const missing = expected.filter((name) => !got.includes(name));
  const extra = got.filter((name) => !expected.includes(name));
  const differences = [
    missing.length > 0 ? `without ${listed(missing)}` : "",
    extra.length > 0 ? `with ${listed(extra)}` : "",
  ].filter((text) => text !== "");
  const difference = differences.join(" and ") || "in another order";
  throw new UsageError(
    "classes",
    `expected the ${expected.length} classes of ${owner}, got ${got.length}, ${difference}. Give the same data.`,
  );
}

/** Keys alternate between text (even places) and digits (odd places). */
function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = i % 2 === 0 ? compareText(a[i], b[i]) : Number(a[i]) - Number(b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
