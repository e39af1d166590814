// timm's notation for a stage: a kind and options, joined by `_`: `ir_r2_k3_s2_e6_c24_se0.25`.

import { assert } from "../errors.ts";
import type { Block } from "./architecture.ts";

/** A stage before scaling. */
export interface StageSpec {
  readonly kind: Block["kind"];
  readonly repeats: number;
  /** Side of the k×k convolution, in pixels. */
  readonly kernel: number;
  /** Of the first block; the others have 1. */
  readonly stride: number;
  /** Expanded ÷ entering channels. */
  readonly expansion: number;
  readonly out: number;
  /** Squeeze width ÷ the block's entering channels; 0 without se. */
  readonly squeeze: number;
  /** `er` only: expands from this number (width-rounded) instead of from the entering channels. */
  readonly expandsFrom: number | null;
  /** A block of stride 1 whose widths agree adds its input; `cn` blocks only if the string says `skip`. */
  readonly maySkip: boolean;
}

/** Reads one stage, e.g. `er_r1_k3_s1_e4_c24_fc24_noskip`. */
export function readBlockString(text: string): StageSpec {
  const [kind, ...options] = text.split("_");
  assert(kind === "ds" || kind === "ir" || kind === "er" || kind === "cn", `no such block: ${text}`);
  const numbers = new Map(options.map((option) => split(option)));
  const required = (key: string): number => {
    const value = numbers.get(key);
    assert(value !== undefined, `${text} lacks ${key}`);
    return value;
  };
  return {
    kind,
    repeats: required("r"),
    kernel: required("k"),
    stride: required("s"),
    expansion: numbers.get("e") ?? 1,
    out: required("c"),
    squeeze: numbers.get("se") ?? 0,
    expandsFrom: numbers.get("fc") ?? null,
    maySkip: kind === "cn" ? numbers.has("skip") : !numbers.has("noskip"),
  };
}

/** `se0.25` → `["se", 0.25]`, `noskip` → `["noskip", NaN]`. */
function split(option: string): [key: string, value: number] {
  const key = option.replace(/[\d.]+$/, "");
  return [key, Number.parseFloat(option.slice(key.length))];
}
