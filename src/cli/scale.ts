// `effnet scale`: compound scaling, by φ, by multipliers, or to the largest network within a budget.

import { Command } from "commander";
import type { Architecture } from "../architecture/architecture.ts";
import type { Layer } from "../architecture/layers.ts";
import type { Row } from "../architecture/rows.ts";
import { UsageError } from "../errors.ts";
import { grouped, megabytes } from "./numbers.ts";
import { count, milliseconds, whole, within, withSession } from "./options.ts";
import { openOut } from "./out.ts";
import { EXIT, type Run, type Session, type SessionOptions } from "./session.ts";
import type { Paint } from "./style.ts";

interface ScaleFlags extends SessionOptions {
  readonly phi?: number;
  readonly width?: number;
  readonly depth?: number;
  readonly size?: number;
  readonly macs?: number;
  readonly params?: number;
  /** ms */
  readonly latency?: number;
  readonly table?: string;
  readonly threads?: number;
  readonly wide: boolean;
  readonly json?: true;
  readonly out?: string;
}

/** What was scaled, by what, and what came of it. */
interface Scaled {
  readonly base: string;
  /** null where the multipliers were given one by one. */
  readonly phi: number | null;
  readonly width: number;
  readonly depth: number;
  readonly size: number;
  readonly architecture: Architecture;
  /** Milliseconds of one picture, where they were asked for. */
  readonly latency?: { readonly ms: number; readonly isMeasured: boolean; readonly machine: string };
}

const DEFAULT_BASE = "efficientnet_b0";
const LARGEST_PHI = 20;

const EXAMPLES = `
Examples:
  effnet scale --phi 1.5
  effnet scale --macs 1G
  effnet scale efficientnet_lite0 --params 6M --out lite.json
  effnet scale --width 1.2 --depth 1.4 --size 300

Multipliers by φ are 1.2^φ in depth, 1.1^φ in width and 1.15^φ in input size (Tan & Le 2019). Published networks are
rounded by hand: their own multipliers give them exactly, no φ does.
With --latency networks are timed here, one picture at a time, while nothing else should compute.`;

export function scaleCommand(run: Run): Command {
  const command = new Command("scale")
    .description("Scale a network: depth, width and input size together.")
    .argument("[name]", `what to scale; a base network of the family`, DEFAULT_BASE)
    .optionsGroup("By how much (one of these):")
    .option("--phi <φ>", "compound coefficient", within(0, LARGEST_PHI))
    .option("--macs <count>", "the largest φ with at most this many multiply-adds, e.g. 1G", count)
    .option("--params <count>", "the largest φ with at most this many parameters, e.g. 8M", count)
    .option(
      "--latency <ms>",
      "the largest φ with at most this time for one picture on this machine, e.g. 20ms",
      milliseconds,
    )
    .option("--width <factor>", "width multiplier; with --depth and --size, each 1 if left out", within(0.01, 100))
    .option("--depth <factor>", "depth multiplier", within(0.01, 100))
    .option("--size <pixels>", "input size (default: the base network's)", whole(1, 10_000))
    .optionsGroup("Time (with --latency):")
    .option("--table <file>", "predict by a table of effnet measure, which takes no time, instead of measuring")
    .option("--threads <n>", "computing threads (default: one a core, at most 8)", whole(1, 256))
    .option("--wide", "256-bit vectors by an experimental pass of V8 (Node 24 and later)", false)
    .optionsGroup("Answer (on stdout):")
    .option("--json", "the figures and the architecture as JSON")
    .option("-o, --out <file>", "write to a file (.json chooses the form); it appears when it is whole");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((name: string, flags: ScaleFlags) =>
      run(flags, async (session) => {
        const scaled = await scaledBy(session, name, flags);
        const { layers } = await import("../architecture/layers.ts");
        const parts = layers(scaled.architecture, { height: scaled.size, width: scaled.size });
        const paint: Paint = flags.out === undefined ? session.terminal.paint : (_, text) => text;
        const isJson = flags.json || flags.out?.endsWith(".json");
        const text = isJson ? await asJson(scaled, parts) : await asTable(scaled, parts, paint);
        const out = await openOut(session, flags.out);
        await out.end(text, true);
        return EXIT.fine;
      }),
    );
}

/** @throws UsageError unless exactly one way to scale was given, or if no network is within the budget */
async function scaledBy(session: Session, name: string, flags: ScaleFlags): Promise<Scaled> {
  const byHand = flags.width !== undefined || flags.depth !== undefined || flags.size !== undefined;
  const ways = [
    flags.phi !== undefined,
    flags.macs !== undefined,
    flags.params !== undefined,
    flags.latency !== undefined,
    byHand,
  ];
  if (ways.filter(Boolean).length !== 1) {
    throw new UsageError(
      "scale",
      "expected one of --phi, --macs, --params, --latency, or --width, --depth and --size.",
    );
  }
  const { resolve } = await import("../architecture/resolve.ts");
  const { row, config, name: base } = resolve(name);
  const { scale } = await import("../architecture/scale.ts");
  refuseScaled(row, Object.values((await import("../architecture/rows.ts")).ROWS));
  const baseSize = config.inputSize.height;
  if (byHand) {
    const { width = 1, depth = 1, size = baseSize } = flags;
    return { base, phi: null, width, depth, size, architecture: scale(row, { width, depth }) };
  }
  if (flags.latency !== undefined) {
    const { scaledToLatency } = await import("./scale-latency.ts");
    const { phi, width, depth, size, architecture, latency } = await scaledToLatency(session, row, baseSize, {
      ...flags,
      latency: flags.latency,
    });
    return {
      base,
      phi,
      width,
      depth,
      size,
      architecture: { ...architecture, name: `${base}-phi${short(phi)}` },
      latency,
    };
  }
  if (flags.table !== undefined) throw new UsageError("--table", "belongs to --latency. Give both.");
  const { coefficients, largestPhi } = await import("../architecture/compound.ts");
  const budget =
    flags.macs !== undefined ? { macs: flags.macs } : flags.params !== undefined ? { parameters: flags.params } : null;
  const phi = budget === null ? (flags.phi as number) : largestPhi(row, budget, { size: baseSize }).phi;
  const { width, depth, size } = coefficients(phi, { size: baseSize });
  const architecture = { ...scale(row, { width, depth }), name: `${base}-phi${short(phi)}` };
  return { base, phi, width, depth, size, architecture };
}

/** A row that is itself scaled has its base's widths; what its name promises would not be what is scaled. */
function refuseScaled(row: Row, all: readonly Row[]): void {
  if (row.width === 1 && row.depth === 1) return;
  const { name, stages, padding } = row;
  const base = all.find((each) => {
    const isBase = each.width === 1 && each.depth === 1 && each.prunedFrom === undefined;
    return isBase && each.padding === padding && each.stages === stages;
  });
  const hint = base === undefined ? "Scale a base network." : `Scale ${base.name}.`;
  throw new UsageError("name", `${name} is a scaled network: width × ${row.width}, depth × ${row.depth}. ${hint}`);
}

async function asJson(scaled: Scaled, layers: readonly Layer[]): Promise<string> {
  const { cost } = await import("../architecture/cost.ts");
  const { parameters, macs, activations, tensorBytes } = cost(layers);
  const { architecture, ...by } = scaled;
  return `${JSON.stringify({ ...by, parameters, macs, activations, tensorBytes, architecture }, null, 2)}\n`;
}

async function asTable(scaled: Scaled, layers: readonly Layer[], paint: Paint): Promise<string> {
  const { cost } = await import("../architecture/cost.ts");
  const { structureTable } = await import("./structure.ts");
  const { base, phi, width, depth, size, architecture, latency } = scaled;
  const { parameters, macs, activations, tensorBytes } = cost(layers);
  const by = [
    ...(phi === null ? [] : [`φ ${short(phi)}`]),
    `width × ${short(width)}`,
    `depth × ${short(depth)}`,
    `input ${size}×${size}`,
  ];
  const figures = [
    `${grouped(parameters)} parameters`,
    `${grouped(macs)} MACs`,
    `${grouped(activations)} activations`,
    `${megabytes(tensorBytes)} as float32`,
  ];
  return [
    `${paint("bold", architecture.name)}: ${base} by ${by.join(", ")}`,
    figures.join(" · "),
    ...(latency === undefined
      ? []
      : [`${latency.ms.toFixed(2)} ms ${latency.isMeasured ? "measured" : "predicted"} on ${latency.machine}`]),
    "",
    structureTable(architecture, layers, paint),
  ].join("\n");
}

/** At most six digits after the point. */
function short(value: number): string {
  return String(Number(value.toFixed(6)));
}
