// `effnet measure`: what this machine takes for each kind of layer of a network at each width, as a table to prune by.

import { Command } from "commander";
import type { Architecture } from "../architecture/architecture.ts";
import { UsageError } from "../errors.ts";
import type { LatencyTable } from "../pruning/latency.ts";
import type { Size } from "../pruning/units.ts";
import { machineHere, versionsHere } from "./machine.ts";
import { threadsOf } from "./network.ts";
import { counted, duration, grouped } from "./numbers.ts";
import { pixels, whole, withSession } from "./options.ts";
import { openOut } from "./out.ts";
import { EXIT, type Run, type Session, type SessionOptions } from "./session.ts";
import { type Paint, shownText } from "./style.ts";
import { table as aligned } from "./table.ts";

interface MeasureFlags extends SessionOptions {
  readonly model?: string;
  readonly inputSize?: Size;
  readonly threads?: number;
  readonly wide: boolean;
  readonly seed?: number;
  readonly passes?: number;
  readonly json?: true;
  readonly out?: string;
}

const DEFAULT_NETWORK = "efficientnet_b0";
const DEFAULT_SIDE = 224;

const EXAMPLES = `
Examples:
  effnet measure --out table.json
  effnet measure efficientnet_b1 --input-size 240 --threads 2 --out b1.json
  effnet measure best.safetensors --json

Layers are timed inside whole networks of many widths, one picture at a time, with random weights. Nothing else should
compute meanwhile: the table says how far it is off for four whole networks, and above 10 % it is refused.
It holds for this machine, these threads and this version of effnet alone.`;

export function measureCommand(run: Run): Command {
  const command = new Command("measure")
    .description("Measure what each layer of a network takes on this machine, at every width.")
    .argument(
      "[name or file]",
      "a network of the family, a weights file or a .json file (effnet scale)",
      DEFAULT_NETWORK,
    )
    .option("-m, --model <name>", "the network in a weights file that does not say it")
    .option("--input-size <pixels>", "the size it will run at: 224, or HEIGHTxWIDTH (default: its own)", pixels)
    .option("--threads <n>", "computing threads (default: one a core, at most 8)", whole(1, 256))
    .option("--wide", "256-bit vectors by an experimental pass of V8 (Node 24 and later)", false)
    .option("--passes <n>", "how often all widths are gone through (default: 4)", whole(1, 100))
    .option("--seed <n>", "of the widths that are tried (default: 0)", whole(0))
    .optionsGroup("Answer (on stdout):")
    .option("--json", "the table as JSON")
    .option("-o, --out <file>", "write the table to a file, as JSON; it appears when it is whole");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((argument: string, flags: MeasureFlags) => run(flags, (session) => measured(session, argument, flags)));
}

async function measured(session: Session, argument: string, flags: MeasureFlags): Promise<number> {
  const { terminal, signal } = session;
  const { architecture, inputSize } = await networkIn(session, argument, flags.model);
  const size = flags.inputSize ?? inputSize;
  const { wasmBackend } = await import("../backend/wasm/wasm.ts");
  const { measureLatency } = await import("../pruning/measure.ts");
  const { latencyTableToJson, refuseUnfit } = await import("../pruning/latency-json.ts");
  const out = flags.out === undefined ? null : await openOut(session, flags.out);
  try {
    const backend = wasmBackend({ wide: flags.wide, onWarning: (line) => terminal.problem(line) });
    const start = performance.now();
    const table = await measureLatency(backend, architecture, size, {
      machine: machineHere(),
      versions: versionsHere(),
      threads: threadsOf(flags),
      signal,
      onProgress: terminal.onProgress,
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      ...(flags.passes === undefined ? {} : { passes: flags.passes }),
    });
    const text = latencyTableToJson(table);
    await terminal.result(flags.json ? text : await asText(table, terminal.paint));
    terminal.note(`${pointsOf(table)} · ${duration(performance.now() - start)}`);
    refuseUnfit(table, flags.out ?? architecture.name);
    await out?.end(text, true);
    return EXIT.fine;
  } catch (error) {
    await out?.discard();
    throw error;
  }
}

/** A network of the family by name, or the one in a file. */
async function networkIn(
  session: Session,
  argument: string,
  model: string | undefined,
): Promise<{ readonly architecture: Architecture; readonly inputSize: Size }> {
  const { isNetworkFile, isWeightsFile, readNetworkFile } = await import("./network-file.ts");
  const usual = { height: DEFAULT_SIDE, width: DEFAULT_SIDE };
  if (isNetworkFile(argument)) return { architecture: await readNetworkFile(argument), inputSize: usual };
  if (await isWeightsFile(argument)) {
    const { readStored } = await import("./stored.ts");
    const { architecture, config } = (await readStored(session, argument, model)).description;
    if (architecture === undefined) {
      throw new UsageError("--model", `${shownText(argument)} does not say which network it holds. Name it.`);
    }
    return { architecture, inputSize: config?.inputSize ?? usual };
  }
  const { resolve } = await import("../architecture/resolve.ts");
  const { architectureOf } = await import("../architecture/build.ts");
  const { row, config } = resolve(argument);
  const { classes, inputSize } = config;
  return { architecture: architectureOf(row, { classes, inChannels: inputSize.channels }), inputSize };
}

function pointsOf({ grids }: LatencyTable): string {
  const points = grids.reduce((sum, { medians }) => sum + medians.flat().length, 0);
  const least = Math.min(...grids.map(({ samples }) => samples));
  return `${counted(grids.length, "kind")} of layers at ${grouped(points)} widths, each timed ${least} times or more`;
}

async function asText(table: LatencyTable, paint: Paint): Promise<string> {
  const { keyText } = await import("../pruning/units.ts");
  const { network, inputSize, machine, engine, fit } = table;
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 3 : 1)} ms`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const threads = counted(engine.threads, "thread");
  const fitted = fit.networks.map(({ name, sumMs, measuredMs, error }) => {
    return [name, ms(sumMs), ms(fit.fixedMs + fit.factor * sumMs), ms(measuredMs), percent(error)];
  });
  const kinds = table.grids.map((grid) => {
    const { inputs, outputs, medians, spreads } = grid;
    const widest = [...inputs.slice(-1), ...outputs.slice(-1)].join(" → ");
    return [keyText(grid.key), widest, ms(lastOf(medians)), ms(lastOf(spreads))];
  });
  return [
    `${paint("bold", network)} at ${inputSize.height}×${inputSize.width} on ${machine}: ${engine.backend}, ${engine.mode}, ${threads}\n`,
    `whole network = ${ms(fit.fixedMs)} + ${fit.factor.toFixed(3)} × its layers\n`,
    "\n",
    aligned(
      [["network", "layers", "predicted", "measured", "off by"], ...fitted],
      ["left", "right", "right", "right", "right"],
    ),
    "\n",
    aligned([["layer", "widest", "median", "spread"], ...kinds], ["left", "right", "right", "right"]),
  ].join("");
}

function lastOf(grid: readonly (readonly number[])[]): number {
  const row = grid[grid.length - 1];
  return row[row.length - 1];
}
