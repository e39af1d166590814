import { describe, expect, test } from "vitest";
import {
  architectureOf,
  CARDS,
  cardFigures,
  cardInput,
  cardOf,
  cost,
  layers,
  modelIndexEntry,
} from "#effnet/architecture/index.js";
import { family, goldenCards } from "./golden.ts";

describe("FLOPs and file size are the published ones, exactly", () => {
  test.each(family.model_cards.map((card) => [card.card, card] as const))("%s", (id, golden) => {
    const card = cardOf(id);
    const input = cardInput(card.imageSize);
    expect(card.model).toBe(golden.model);
    expect([input.height, input.width]).toEqual(golden.counted_at);
    expect(cardFigures(card)).toMatchObject({ flops: golden.flops, fileSize: golden.file_size });
  });

  test("48 cards are here", () => expect([CARDS.length, family.model_cards.length]).toEqual([48, 48]));
});

// biome-ignore format: columns
const TRIO = [
  ["efficientnet_b1_pruned", 240,   489_653_114, 25_595_162,   391_208_019],
  ["efficientnet_b2_pruned", 260,   878_133_915, 33_555_005,   715_749_145],
  ["efficientnet_b3_pruned", 300, 1_239_590_641, 39_770_812, 1_020_257_090],
] as const;

describe("the pruned trio", () => {
  test.each(TRIO)("%s at %d: FLOPs %d and bytes %d on its card, %d honest MACs", (id, size, flops, fileSize, macs) => {
    expect(cardFigures(cardOf(id))).toMatchObject({ flops, fileSize });
    expect(cost(layers(architectureOf(id), { height: size, width: size })).macs).toBe(macs);
  });
});

describe("the model-index entry is the published one, field by field and in its order", () => {
  test.each(Object.entries(goldenCards))("%s", (id, published) => {
    const { Name, ...entry } = modelIndexEntry(id);
    expect(Name).toBe(id);
    expect(JSON.stringify(entry)).toBe(JSON.stringify(published));
  });
});

test("an unknown card is refused and the nearest named", () => {
  expect(() => modelIndexEntry("efficientnet_b1_prund")).toThrow("Did you mean efficientnet_b1_pruned?");
  expect(() => modelIndexEntry("resnet50")).toThrow(/^card: expected one of timm's model cards, got "resnet50"/);
});
