// Compound scaling of a row (Tan & Le 2019, eq. 3): its widths and depths by two multipliers, every width written out.

import { UsageError } from "../errors.ts";
import type { Architecture, Block } from "./architecture.ts";
import { readBlockString, type StageSpec } from "./block-string.ts";
import { roundChannels, roundDepth, roundHalfEven } from "./rounding.ts";
import type { Row } from "./rows.ts";

/** Multipliers of width (channels) and depth (blocks a stage; one number, or one a stage). */
export interface Multipliers {
  readonly width: number;
  readonly depth: number | readonly number[];
}

const MOST = 100; // l2, the largest network ever published, is 4.3 wide and 5.3 deep

/**
 * The row's network scaled from its base widths and depths, for 3 input channels and 1,000 classes.
 *
 * The multipliers replace the row's own, so that `scale(b0, b4's multipliers)` is b4 but for the name.
 * @throws UsageError if a multiplier is not in (0, 100] or does not fit the stages, or if the row is a pruned one, whose
 * widths are data
 */
export function scale(row: Row, { width, depth }: Multipliers): Architecture {
  if (row.prunedFrom !== undefined) {
    throw new UsageError("network", `expected one with computed widths, got ${row.name}. Scale ${row.prunedFrom}.`);
  }
  return scaled(row, { width, depth });
}

/** `scale` for any row; a pruned one comes out with its parent's widths. */
export function scaled(row: Row, { width, depth }: Multipliers): Architecture {
  const specs = row.stages.map(readBlockString);
  checkMultiplier("width", width);
  const depths = typeof depth === "number" ? specs.map(() => depth) : depth;
  for (const each of depths) checkMultiplier("depth", each);
  if (depths.length !== specs.length) {
    throw new UsageError("depth", `expected one number or ${specs.length}, one a stage, got ${depths.length}.`);
  }
  const round = (channels: number): number => roundChannels(channels, width, row.roundLimit);
  const stem = row.hasFixedStem ? row.stem : round(row.stem);
  const last = specs.length - 1;
  let entering = stem;
  const stages = specs.map((spec, stage) => {
    const isFixed = row.hasFixedEnds && (stage === 0 || stage === last);
    const blocks = blocksOf(spec, isFixed ? spec.repeats : roundDepth(spec.repeats, depths[stage]), entering, round);
    entering = round(spec.out);
    return blocks;
  });
  return {
    name: isOwn(row, { width, depth }) ? row.name : `${row.name}-w${width}-d${[depth].flat().join("-")}`,
    inChannels: 3,
    classes: 1000,
    stem: { width: stem, kernel: 3, stride: row.stemStride ?? 2 },
    stages,
    head: { width: row.hasFixedHead ? row.head : round(row.head) },
    activation: row.activation,
    norm: { epsilon: row.epsilon, momentum: 0.1 },
    padding: row.padding,
  };
}

/** The blocks of one stage; only the first has its stride, and only it may change the width. */
function blocksOf(spec: StageSpec, count: number, entering: number, round: (channels: number) => number): Block[] {
  const out = round(spec.out);
  return Array.from({ length: count }, (_, index) => {
    const channels = index === 0 ? entering : out;
    const stride = index === 0 ? spec.stride : 1;
    const hasSkip = spec.maySkip && stride === 1 && channels === out;
    return blockOf(spec, { kernel: spec.kernel, stride, out, hasSkip }, channels, round);
  });
}

type Common = Pick<Block, "kernel" | "stride" | "out" | "hasSkip">;

function blockOf(spec: StageSpec, common: Common, channels: number, round: (channels: number) => number): Block {
  const from = spec.expandsFrom === null ? channels : round(spec.expandsFrom);
  const expanded = roundChannels(from * spec.expansion, 1, 0.9);
  switch (spec.kind) {
    case "ds":
      return { kind: "ds", ...common, squeeze: squeezeOf(channels, spec.squeeze) };
    case "ir":
      return { kind: "ir", ...common, expanded, squeeze: squeezeOf(expanded, spec.squeeze / spec.expansion) };
    case "er":
      return { kind: "er", ...common, expanded };
    case "cn":
      return { kind: "cn", ...common };
  }
}

function squeezeOf(channels: number, ratio: number): number | null {
  return ratio === 0 ? null : roundHalfEven(channels * ratio);
}

function checkMultiplier(option: string, value: number): void {
  if (!(value > 0 && value <= MOST)) {
    throw new UsageError(option, `expected a multiplier above 0, at most ${MOST}, got ${value}.`);
  }
}

function isOwn(row: Row, { width, depth }: Multipliers): boolean {
  return width === row.width && [depth].flat().join() === [row.depth].flat().join();
}
