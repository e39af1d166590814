// The tiny networks themselves, against what the golden files say of them.

import { expect, test } from "vitest";
import { golden, TINY, type TinyName, type TinySpec, tinyLabels, tinyNetwork } from "./tiny.ts";

interface TaylorFile {
  readonly labels: readonly number[];
  readonly networks: Readonly<Record<TinyName, { readonly spec: TinySpec }>>;
}

const file = golden<TaylorFile>("taylor.json");

test("the pictures have the published labels", () => {
  expect(tinyLabels()).toEqual(file.labels);
});

test.each(TINY)("%s is the network that the golden files describe", (name) => {
  expect(tinyNetwork(name)).toEqual(tinyNetwork(name, file.networks[name].spec));
});
