// The documents that users and contributors read, and the commands in them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../package/packed.ts";

/** Paths from the repository's root. */
export const documents: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** A fenced block: its language, its text, and the line it begins at. */
export interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

export function blocks(document: string): Block[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1],
    text: match[2],
    line: text.slice(0, match.index).split("\n").length,
  }));
}
