// A folder of classes that a tiny network can learn: squares of noise in which one colour is brighter.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "#effnet/random.js";
import { makePng } from "../image/png-maker.ts";

const SIDE = 12; // pixels
export const COLOURS = ["blue", "green", "red"];
const CHANNEL: Readonly<Record<string, number>> = { red: 0, green: 1, blue: 2 };

/** Writes `FOLDER/SPLIT/COLOUR/N.png`, `counts[SPLIT]` of each colour. */
export function colourFolder(folder: string, counts: Readonly<Record<string, number>>): void {
  for (const [split, count] of Object.entries(counts)) {
    for (const colour of COLOURS) {
      mkdirSync(join(folder, split, colour), { recursive: true });
      for (let n = 0; n < count; n++)
        writeFileSync(join(folder, split, colour, `${n}.png`), colourPng(colour, `${split} ${n}`));
    }
  }
}

/** Noise of 0 … 160, 60 … 255 in the colour's channel. */
export function colourPng(colour: string, key: string): Uint8Array {
  const random = new Random(1, "colour", colour, key);
  const row = 1 + SIDE * 3;
  const filtered = new Uint8Array(SIDE * row);
  for (let i = 0; i < filtered.length; i++) {
    if (i % row === 0) continue; // filter "none"
    filtered[i] = (i % row) % 3 === (CHANNEL[colour] + 1) % 3 ? 60 + random.below(196) : random.below(161);
  }
  return makePng({ width: SIDE, height: SIDE, depth: 8, color: 2, filtered });
}
