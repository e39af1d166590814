// Which parameters do not learn: names, modules, or patterns of them.

import { nearest, UsageError } from "../errors.ts";

/**
 * Whether a name is frozen. `blocks.0` freezes all below it, `*` stands for any text: `blocks.*.se`, `*.bias`.
 * @param names of all parameters
 * @throws UsageError for a pattern that freezes none of them
 */
export function frozenBy(patterns: readonly string[], names: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map((pattern) => {
    const matcher = matcherOf(pattern);
    if (!names.some((name) => matcher.test(name))) throw unknown(pattern, names);
    return matcher;
  });
  return (name) => matchers.some((matcher) => matcher.test(name));
}

function matcherOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}(\\..*)?$`);
}

function unknown(pattern: string, names: readonly string[]): UsageError {
  const modules = new Set(names.flatMap((name) => name.split(".").map((_, i, path) => path.slice(0, i + 1).join("."))));
  const suggested = nearest(pattern, modules);
  const instead = suggested === undefined ? `Names are such as ${names[0]}.` : `Did you mean ${suggested}?`;
  return new UsageError("freeze", `expected names of parameters or modules, got "${pattern}". ${instead}`);
}
