// A model card for a hub: YAML in front that the hub reads, then what people ask: how large, how good, how to load it.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import type { Cost } from "../architecture/cost.ts";
import type { TimmNetwork } from "../architecture/timm-network.ts";
import type { Json } from "../weights/metadata.ts";
import { grouped, megabytes, rounded } from "./numbers.ts";
import { timmLines } from "./timm-lines.ts";
import { yamlMapping } from "./yaml.ts";

/** Of one evaluation; shares are in 0 … 1. */
export interface CardMetrics {
  /** The data's name, without its place. */
  readonly data: string;
  readonly split: string;
  readonly count: number;
  readonly top1: number;
  readonly top5: number;
  readonly logLoss: number;
}

export interface CardParts {
  readonly title: string;
  readonly architecture: Architecture;
  readonly config: PretrainedConfig;
  /** Null where timm has none. */
  readonly network: TimmNetwork | null;
  readonly metrics: CardMetrics | null;
  /** That the cost was counted at. */
  readonly size: { readonly height: number; readonly width: number };
  readonly cost: Cost;
  readonly fileBytes: number;
  readonly recipe: Json | undefined;
  readonly plan: Json | undefined;
  readonly files: { readonly weights: string; readonly shapes: string };
}

const LONGEST_JSON = 8000; // characters; a plan of a large network has 100,000 and stands in the file's metadata

export function modelCard(parts: CardParts): string {
  const { title, architecture, network } = parts;
  return [
    `---\n${yamlMapping(front(parts))}---\n`,
    `# ${title}\n`,
    `${sentence(architecture, network)}\n`,
    table(parts),
    "## Use\n",
    ...uses(parts),
    ...section("How it was trained", "effnet.recipe", parts.recipe),
    ...section("How it was pruned", "effnet.plan", parts.plan),
  ].join("\n");
}

/** As the hub's model-index wants it; figures that need no data stand beside the accuracy. */
function front({ title, network, metrics, cost, fileBytes, architecture }: CardParts): object {
  const accuracy =
    metrics === null
      ? []
      : [
          { type: "accuracy", name: "Top 1 Accuracy", value: percent(metrics.top1) },
          ...(architecture.classes > 5
            ? [{ type: "accuracy", name: "Top 5 Accuracy", value: percent(metrics.top5) }]
            : []),
        ];
  const figures = [
    { type: "macs", name: "MACs", value: cost.macs },
    { type: "parameters", name: "Parameters", value: cost.parameters },
    { type: "file_size", name: "File Size", value: fileBytes },
  ];
  const results = {
    task: { type: "image-classification", name: "Image Classification" },
    dataset:
      metrics === null
        ? { type: "unknown", name: "unknown" }
        : { type: "imagefolder", name: metrics.data, split: metrics.split },
    metrics: [...accuracy, ...figures],
  };
  return {
    library_name: network === null || network.shapes !== null ? "effnet" : "timm",
    pipeline_tag: "image-classification",
    tags: ["image-classification", "timm", "effnet"],
    "model-index": [{ name: title, results: [results] }],
  };
}

function sentence({ name, classes }: Architecture, network: TimmNetwork | null): string {
  const what = `${classes === 0 ? "No classifier" : `${grouped(classes)} classes`}.`;
  if (network === null) return `\`${name}\`, an EfficientNet with blocks that timm has no network of. ${what}`;
  if (network.shapes === null) return `\`${network.name}\`, an EfficientNet. ${what}`;
  return `\`${network.name}\`, an EfficientNet, with other widths. ${what}`;
}

function table({ architecture, config, metrics, size, cost, fileBytes }: CardParts): string {
  const rows: [string, string][] = [
    ["parameters", grouped(cost.parameters)],
    ["MACs", `${grouped(cost.macs)} (${rounded(cost.macs)}) at ${size.height}×${size.width}`],
    ["activations", grouped(cost.activations)],
    ["file", megabytes(fileBytes)],
    [
      "input",
      `${architecture.inChannels}×${size.height}×${size.width}, crop ${config.cropPct} ${config.cropMode}, ${config.interpolation}`,
    ],
    ["mean, std", `${config.mean.join(" ")}, ${config.std.join(" ")}`],
  ];
  if (config.temperature !== undefined) rows.push(["temperature of its probabilities", String(config.temperature)]);
  if (metrics !== null) {
    const of = `of ${grouped(metrics.count)} pictures of ${metrics.data}, ${metrics.split}`;
    rows.push(["top-1", `${percent(metrics.top1)} % ${of}`]);
    if (architecture.classes > 5) rows.push(["top-5", `${percent(metrics.top5)} % ${of}`]);
  }
  const cells = rows.map(([key, value]) => `| ${cell(key)} | ${cell(value)} |`);
  return `| | |\n|---|---|\n${cells.join("\n")}\n`;
}

function uses({ architecture, network, files, title }: CardParts): string[] {
  const own = `In JavaScript, with effnet, in Node and in pages:\n
\`\`\`ts
import { createModel } from "effnet";

const model = await createModel({ weights: ${JSON.stringify(`hf-hub:OWNER/${title}`)} });
console.log(await model.classify("photo.jpg"));
\`\`\`\n`;
  if (network === null) return [own];
  const isPublished = network.shapes === null;
  const how = isPublished
    ? "In Python, with timm:"
    : "In Python, with timm, whose network gets its widths from the shape text:";
  const lines = isPublished
    ? ["import timm", `model = timm.create_model(${JSON.stringify(`hf-hub:OWNER/${title}`)}, pretrained=True)`]
    : timmLines(network, architecture, files.weights, files.shapes);
  return [own, `${how}\n\n\`\`\`python\n${lines.join("\n")}\n\`\`\`\n`];
}

function section(heading: string, key: string, json: Json | undefined): string[] {
  if (json === undefined) return [];
  const text = JSON.stringify(json, null, 2);
  if (text.length > LONGEST_JSON) return [`## ${heading}\n`, `In the metadata of the weights, under \`${key}\`.\n`];
  return [`## ${heading}\n`, `\`\`\`json\n${text}\n\`\`\`\n`];
}

/** Percent with two decimals. */
function percent(share: number): number {
  return Number((share * 100).toFixed(2));
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
