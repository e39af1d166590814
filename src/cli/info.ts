// `effnet info`: what a network of the family, or the one in a weights file, is made of and costs.

import { Command } from "commander";
import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import type { Layer } from "../architecture/layers.ts";
import type { Resolved } from "../architecture/resolve.ts";
import type { Accuracy } from "../architecture/results.ts";
import { UsageError } from "../errors.ts";
import { isWeightsFile } from "./network-file.ts";
import { grouped } from "./numbers.ts";
import { pixels, withSession } from "./options.ts";
import { EXIT, type Run, type Session, type SessionOptions } from "./session.ts";
import { type Paint, shownText } from "./style.ts";
import { table } from "./table.ts";
import { yamlItem } from "./yaml.ts";

interface InfoFlags extends SessionOptions {
  readonly model?: string;
  readonly inputSize?: { readonly height: number; readonly width: number };
  readonly layers?: true;
  readonly card?: true;
  readonly json?: true;
}

/** What the argument names. */
interface Subject {
  readonly architecture: Architecture;
  /** Of a network of the family always; of a file what it carries. */
  readonly config: Partial<PretrainedConfig>;
  readonly tag: string | null;
  readonly hubId?: string;
  readonly url?: string;
  readonly cardId?: string;
  readonly file?: { readonly path: string; readonly bytes: number; readonly dtypes: readonly string[] };
}

const EXAMPLES = `
Examples:
  effnet info efficientnet_b1_pruned
  effnet info efficientnet_b1_pruned --card
  effnet info tf_efficientnetv2_b0 --input-size 260 --layers
  effnet info mine.safetensors --json
  effnet info checkpoint.pth --model efficientnet_b0

MACs are the multiply-adds of convolutions and classifier for one picture. The FLOPs of a published card were counted by
another rule, at another size; they are shown beside.`;

export function infoCommand(run: Run): Command {
  const command = new Command("info")
    .description("Say what a network is: widths, depths, parameters, MACs.")
    .argument("<name or file>", "a network of the family, a weights file, or hf-hub:owner/name")
    .option("-m, --model <name>", "the network in a file that does not say it")
    .option("--input-size <pixels>", "count MACs and activations at 224, or HEIGHTxWIDTH", pixels)
    .option("--layers", "every layer, with shapes, parameters and MACs")
    .option("--card", "the model-index entry of the published card, as YAML")
    .optionsGroup("Answer (on stdout):")
    .option("--json", "as JSON, the architecture included");
  return withSession(command)
    .addHelpText("after", EXAMPLES)
    .action((argument: string, flags: InfoFlags) =>
      run(flags, async (session) => {
        await session.terminal.result(
          await (flags.card ? cardText(argument, flags) : infoText(session, argument, flags)),
        );
        return EXIT.fine;
      }),
    );
}

async function infoText(session: Session, argument: string, flags: InfoFlags): Promise<string> {
  const subject = (await isWeightsFile(argument))
    ? await inFile(session, argument, flags.model)
    : await inFamily(session, argument, flags.model);
  const { layers } = await import("../architecture/layers.ts");
  const size = flags.inputSize ?? subject.config.inputSize ?? { height: 224, width: 224 };
  const { height, width } = size;
  const parts = layers(subject.architecture, { height, width });
  return flags.json
    ? asJson(subject, { height, width }, parts, flags)
    : asText(subject, { height, width }, parts, flags, session.terminal.paint);
}

async function inFamily(session: Session, name: string, model: string | undefined): Promise<Subject> {
  if (model !== undefined)
    throw new UsageError("--model", "names the network in a file; here the argument is the name.");
  const { resolve } = await import("../architecture/resolve.ts");
  const { architectureOf } = await import("../architecture/build.ts");
  const { deprecated, ...found } = resolve(name);
  if (deprecated !== undefined) session.terminal.problem(deprecated);
  const { classes, inputSize } = found.config;
  const cardId = await cardIdOf(name, found);
  return {
    ...found,
    architecture: architectureOf(found.row, { classes, inChannels: inputSize.channels }),
    ...(cardId === undefined ? {} : { cardId }),
  };
}

async function inFile(session: Session, path: string, model: string | undefined): Promise<Subject> {
  const { readStored } = await import("./stored.ts");
  const { tensors, bytes, description } = await readStored(session, path, model);
  const { architecture, config = {} } = description;
  if (architecture === undefined) {
    throw new UsageError("--model", `${shownText(path)} does not say which network it holds. Name it.`);
  }
  const dtypes = [...new Set(Array.from(tensors.values(), ({ dtype }) => dtype))];
  return { architecture, config, tag: null, file: { path, bytes, dtypes } };
}

interface Size {
  readonly height: number;
  readonly width: number;
}

async function asJson(subject: Subject, size: Size, layers: readonly Layer[], flags: InfoFlags): Promise<string> {
  const { cost } = await import("../architecture/cost.ts");
  const { featureLevels } = await import("../architecture/features.ts");
  const { architecture, config, tag, hubId, url, file } = subject;
  const info = {
    name: architecture.name,
    tag,
    ...(hubId === undefined ? {} : { hubId }),
    ...(url === undefined ? {} : { url }),
    ...(file === undefined ? {} : { file }),
    inputSize: size,
    ...cost(layers),
    config,
    ...(await published(subject)),
    features: featureLevels(architecture),
    architecture,
    ...(flags.layers ? { layers } : {}),
  };
  return `${JSON.stringify(info, null, 2)}\n`;
}

async function asText(
  subject: Subject,
  size: Size,
  layers: readonly Layer[],
  flags: InfoFlags,
  paint: Paint,
): Promise<string> {
  const { cost } = await import("../architecture/cost.ts");
  const { featureLevels } = await import("../architecture/features.ts");
  const { structureTable } = await import("./structure.ts");
  const { architecture, config, tag, hubId, url, file } = subject;
  const { card, accuracies } = await published(subject);
  const sums = cost(layers);
  const facts: [string, string][] = [
    ["parameters", grouped(sums.parameters)],
    ["MACs", `${grouped(sums.macs)} at ${size.height}×${size.width}`],
    ["activations", grouped(sums.activations)],
    ["state dict", `${grouped(sums.tensors)} tensors, ${grouped(sums.tensorBytes)} bytes as float32`],
  ];
  if (file !== undefined) {
    facts.push(["file", `${shownText(file.path)}, ${grouped(file.bytes)} bytes, ${file.dtypes.join(", ")}`]);
  }
  if (hubId !== undefined) facts.push(["weights", `${hubId} on the Hugging Face hub`]);
  else if (url !== undefined) facts.push(["weights", url]);
  facts.push(...configFacts(config));
  for (const { testSet, inputSize, top1, top5 } of accuracies) {
    if (testSet !== "imagenet") continue;
    facts.push(["published", `top-1 ${top1.toFixed(2)} %, top-5 ${top5.toFixed(2)} % on ImageNet-1k at ${inputSize}`]);
  }
  if (card !== undefined) {
    const { id, flops, countedAt, fileSize } = card;
    const at = `at ${countedAt.height}×${countedAt.width}`;
    facts.push(["card", `${id}: ${grouped(flops)} FLOPs ${at}, a file of ${grouped(fileSize)} bytes (--card)`]);
  }
  const levels = featureLevels(architecture).map(({ channels, reduction }) => `${channels} ÷${reduction}`);
  facts.push(["features", levels.join(", ")]);
  const name = tag === null ? architecture.name : `${architecture.name}.${tag}`;
  const parts = flags.layers ? await layerTable(layers, paint) : structureTable(architecture, layers, paint);
  return `${paint("bold", name)}\n${table(facts)}\n${parts}`;
}

function configFacts({ inputSize, testInputSize, ...config }: Partial<PretrainedConfig>): [string, string][] {
  const facts: [string, string][] = [];
  if (inputSize !== undefined) {
    const { cropPct, cropMode, interpolation, mean, std } = config;
    const crop = cropPct === undefined ? "" : `, crop ${cropPct} ${cropMode ?? "center"}`;
    facts.push(["input", `${inputSize.height}×${inputSize.width}${crop}, ${interpolation ?? "bicubic"}`]);
    if (mean !== undefined && std !== undefined) facts.push(["", `mean ${mean.join(" ")}, std ${std.join(" ")}`]);
  }
  if (testInputSize !== undefined) {
    const crop = config.testCropPct === undefined ? "" : `, crop ${config.testCropPct}`;
    facts.push(["test input", `${testInputSize.height}×${testInputSize.width}${crop} (--test-size)`]);
  }
  return facts;
}

async function layerTable(layers: readonly Layer[], paint: Paint): Promise<string> {
  const { cost } = await import("../architecture/cost.ts");
  const shape = ({ channels, height, width }: Layer["input"]): string => `${channels}×${height}×${width}`;
  const rows = layers.map((layer) => {
    const { parameters, macs } = cost([layer]);
    const kind = layer.kind === "convolution" ? `${layer.kernel}×${layer.kernel} /${layer.stride}` : layer.kind;
    const isDepthwise = layer.kind === "convolution" && layer.isDepthwise;
    return [
      layer.name,
      isDepthwise ? `${kind} depthwise` : kind,
      shape(layer.input),
      shape(layer.output),
      grouped(parameters),
      grouped(macs),
    ];
  });
  const names = ["layer", "kind", "in", "out", "params", "MACs"];
  const text = table([names, ...rows], ["left", "left", "left", "left", "right", "right"]);
  const [header, ...lines] = text.split("\n");
  return [paint("dim", header), ...lines].join("\n");
}

interface Published {
  /** The card of this name or file, as it was counted. */
  readonly card?: {
    readonly id: string;
    readonly imageSize: number;
    readonly countedAt: Size;
    readonly flops: number;
    readonly fileSize: number;
  };
  readonly accuracies: readonly Accuracy[];
}

/** What timm publishes of these weights; nothing for a file. */
async function published({ architecture, tag, cardId }: Subject): Promise<Published> {
  const { accuracies } = await import("../architecture/results.ts");
  const known = tag === null ? [] : accuracies(`${architecture.name}.${tag}`);
  if (cardId === undefined) return { accuracies: known };
  const { cardFigures, cardOf } = await import("../architecture/cards.ts");
  const { cardInput } = await import("../architecture/card-flops.ts");
  const { id, imageSize, ...card } = cardOf(cardId);
  const { flops, fileSize } = cardFigures({ id, imageSize, ...card });
  return { accuracies: known, card: { id, imageSize, countedAt: cardInput(imageSize), flops, fileSize } };
}

/** The card that a name means: its own, else that of the release file behind its tag. */
async function cardIdOf(
  name: string,
  { name: network, url }: Pick<Resolved, "name" | "url">,
): Promise<string | undefined> {
  const { CARDS } = await import("../architecture/cards.ts");
  const isItsFile = (weights: string): boolean => url?.endsWith(`/${weights}`) ?? false;
  const own = CARDS.find(({ id }) => id === name);
  return (own ?? CARDS.find(({ model, weights }) => model === network && isItsFile(weights)))?.id;
}

async function cardText(name: string, { model, json }: InfoFlags): Promise<string> {
  if (model !== undefined) throw new UsageError("--model", "a card belongs to a name, not to a file. Leave it out.");
  const { cardOf, modelIndexEntry } = await import("../architecture/cards.ts");
  const { resolve } = await import("../architecture/resolve.ts");
  const resolved = resolve(name);
  const entry = modelIndexEntry((await cardIdOf(name, resolved)) ?? cardOf(resolved.name).id);
  return json ? `${JSON.stringify(entry, null, 2)}\n` : yamlItem(entry);
}
