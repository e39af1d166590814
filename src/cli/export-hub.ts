// `effnet export --for hub`: the folder that timm's push_to_hub writes, with a model card of what is known of the file.

import { mkdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { cost } from "../architecture/cost.ts";
import { layers } from "../architecture/layers.ts";
import { type TimmNetwork, timmNetworkOf } from "../architecture/timm-network.ts";
import { UsageError } from "../errors.ts";
import { unwritable, writeWhole } from "../run/partial.ts";
import { timmConfig } from "../weights/timm-config.ts";
import { readExportSource } from "./export-source.ts";
import type { Export } from "./export-target.ts";
import { type CardMetrics, modelCard } from "./model-card.ts";
import { shownText } from "./style.ts";

const WEIGHTS = "model.safetensors";
const SHAPES = "shapes.txt";

export const exportForHub: Export = async (session, source, out, flags) => {
  const { signal } = session;
  const metrics = flags.metrics === undefined ? null : await metricsIn(flags.metrics);
  const { architecture, config, description, bytes } = await readExportSource(session, source, flags);
  const network = timmNetworkOf(architecture);
  const { labels } = description;
  const name = network?.name ?? architecture.name;
  const size = { height: config.inputSize.height, width: config.inputSize.width };
  const card = modelCard({
    title: basename(resolve(out)),
    ...{ architecture, config, network, metrics, size },
    cost: cost(layers(architecture, size)),
    fileBytes: bytes.length,
    recipe: description.recipe,
    plan: description.plan,
    files: { weights: WEIGHTS, shapes: SHAPES },
  });
  await mkdir(out, { recursive: true }).catch((cause) => {
    if (cause.code === "EEXIST") throw new UsageError("out", `${shownText(out)} is a file. Name a folder.`, { cause });
    throw unwritable(out, cause);
  });
  const own = network === null ? { effnet_architecture: architecture } : {}; // the name alone would tell nobody
  const json = { ...timmConfig({ name, architecture, config, labels }), ...own };
  await writeWhole(join(out, "config.json"), `${JSON.stringify(json, null, 2)}\n`, signal);
  await writeWhole(join(out, "README.md"), card, signal);
  if (network !== null && network.shapes !== null) await writeWhole(join(out, SHAPES), network.shapes, signal);
  await writeWhole(join(out, WEIGHTS), bytes, signal);
  return { bytes: bytes.length, architecture: architecture.name, remarks: [readBy(network)] };
};

function readBy(network: TimmNetwork | null): string {
  if (network === null) return "timm has no network with these blocks: for effnet alone";
  return network.shapes === null ? `timm's ${network.name}` : `timm's ${network.name} with the widths of ${SHAPES}`;
}

/** What `effnet evaluate --json` wrote. @throws UsageError if it is anything else */
async function metricsIn(path: string): Promise<CardMetrics> {
  const form = "expected what effnet evaluate --json writes";
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError("--metrics", `${path}: ${form} (${(cause as Error).message}).`, { cause });
  }
  const { data, split, count, top1, top5, logLoss } = (json ?? {}) as Record<string, unknown>;
  const areShares = [top1, top5].every((share) => typeof share === "number" && share >= 0 && share <= 1);
  if (typeof data === "string" && typeof split === "string" && typeof count === "number" && areShares) {
    const [first, five] = [top1, top5] as number[];
    return { data: basename(data), split, count, top1: first, top5: five, logLoss: Number(logLoss) };
  }
  throw new UsageError("--metrics", `${path}: ${form}, got something else.`);
}
