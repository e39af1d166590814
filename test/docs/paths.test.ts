// What the documents point at exists: files in backticks, links, scripts of package.json.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../package/packed.ts";
import { documents } from "./documents.ts";

/** Files as a document may name them: from the root, from the section's folder, or by their name if only one has it. */
function isThere(name: string): boolean {
  if (existsSync(join(root, name))) return true;
  return FILES.some((file) => file.endsWith(`/${name}`));
}

const FILES = ["src", "kernels", "test", "scripts", "bench", "docs", "examples"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
);

test.each(documents)("%s names only files that exist", (document) => {
  const text = readFileSync(join(root, document), "utf8");
  const prose = text.replace(/^```[\s\S]*?^```/gm, "");
  const named = [
    ...prose.matchAll(
      /`((?:[\w.-]+\/)*\w[\w.-]*\.(?:ts|mjs|html|css)|(?:src|test|kernels|bench|docs|scripts|examples)\/[\w./-]*)`/g,
    ),
  ].map(([, name]) => name);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

test.each(documents)("%s links only to what exists", (document) => {
  const text = readFileSync(join(root, document), "utf8");
  const links = [...text.matchAll(/(?:\]\(|src=")([^)"#]+)[^)"]*[)"]/g)].map(([, link]) => link);
  const broken = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(document), link)));
  expect(broken).toEqual([]);
});

test.each(documents)("%s names only npm scripts that exist", (document) => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = [
    ...readFileSync(join(root, document), "utf8").matchAll(/npm (?:run (?:--silent )?)([\w:]+)|npm (test)\b/g),
  ];
  expect(named.map(([, script, itself]) => script ?? itself).filter((script) => !(script in scripts))).toEqual([]);
});

test.each(documents)("no picture or link of %s is fetched from another host to be shown", (document) => {
  const text = readFileSync(join(root, document), "utf8");
  expect(text).not.toMatch(/!\[[^\]]*\]\(https?:|<img[^>]*src="https?:/);
});
