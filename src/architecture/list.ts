// The names of the family, filtered by timm's wildcards and sorted as timm sorts them.

import { UsageError } from "../errors.ts";
import { type ModelName, ROWS } from "./rows.ts";
import { type ModelTag, TAGS } from "./tags.ts";

/**
 * Names of networks, or with `pretrained` of every set of published weights as `name.tag`; digits sort as numbers. As
 * timm's `list_models`: deprecated names and names that effnet leaves out are never listed.
 * @param pattern `*` anything, `?` one character, `[abc]` or `[!abc]` one of or none of these; upper and lower case differ.
 * With `pretrained`, a pattern without a dot matches every tag of the names it matches
 * @throws UsageError for a range like `[z-a]`
 */
export function listModels(pattern: string | undefined, options: { readonly pretrained: true }): ModelTag[];
export function listModels(pattern?: string, options?: { readonly pretrained?: false }): ModelName[];
export function listModels(pattern?: string, options?: { readonly pretrained?: boolean }): (ModelName | ModelTag)[];
export function listModels(
  pattern = "*",
  { pretrained = false }: { readonly pretrained?: boolean } = {},
): (ModelName | ModelTag)[] {
  const names = pretrained ? weightNames() : (Object.keys(ROWS) as ModelName[]);
  const patterns = pretrained && !pattern.includes(".") ? [pattern, `${pattern}.*`] : [pattern];
  const expressions = patterns.map(wildcard);
  return names.filter((name) => expressions.some((expression) => expression.test(name))).sort(naturally);
}

function weightNames(): ModelTag[] {
  return TAGS.filter(({ hubId }) => hubId !== null).map(({ name, tag }) => `${name}.${tag}` as ModelTag);
}

/** Python's fnmatch. What follows a `*` is looked for once, leftmost, so that no pattern takes exponential time. */
function wildcard(pattern: string): RegExp {
  const parts = [""];
  for (const [token, not, set] of pattern.matchAll(/\*+|\[(!?)(\]?[^\]]*)\]|./gsu)) {
    if (token.startsWith("*")) parts.push("");
    else parts[parts.length - 1] += one(token, not === "!", set);
  }
  const last = parts.length - 1;
  const source = parts.map((part, i) => {
    if (i === 0) return part;
    return i === last ? `.*${part}` : `(?=(.*?${part}))\\${i}`;
  });
  return new RegExp(`^${source.join("")}$`, "su");
}

/** The expression for one character of a name; an opening bracket that is never closed stands for itself. */
function one(token: string, isNegated: boolean, set: string | undefined): string {
  if (token === "?") return ".";
  if (!set) return [...token].map(literal).join("");
  for (const [range, from, to] of set.matchAll(/(.)-(.)/gsu)) {
    if (from > to) throw new UsageError("pattern", `expected a range from low to high, got [${range}].`);
  }
  return `[${isNegated ? "^" : ""}${set.replace(/[\\[\]^]/g, "\\$&")}]`;
}

function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

/** Runs of digits as numbers: b2 before b10. */
function naturally(x: string, y: string): number {
  const [xs, ys] = [x, y].map((name) => name.split(/(\d+)/));
  for (let i = 0; i < Math.min(xs.length, ys.length); i++) {
    if (xs[i] === ys[i]) continue;
    if (i % 2 === 1 && Number(xs[i]) !== Number(ys[i])) return Number(xs[i]) - Number(ys[i]);
    return xs[i] < ys[i] ? -1 : 1;
  }
  return xs.length - ys.length;
}
