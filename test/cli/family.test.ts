// info, list and scale: the family in numbers, checked against what timm publishes.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { architectureOf } from "#effnet/architecture/build.js";
import { listModels } from "#effnet/architecture/list.js";
import { parseArchitecture } from "#effnet/architecture/parse.js";
import { effnet, json, pictures, scratch } from "./effnet.ts";

const CARDS = new URL("../../../shared/reference/model-cards.json", import.meta.url);

describe("info", () => {
  test("a published pruned network: parameters, MACs, activations, bytes, config and its card", async () => {
    const info = await json<Record<string, unknown>>(["info", "efficientnet_b1_pruned", "--json"]);
    expect(info).toMatchObject({
      name: "efficientnet_b1_pruned",
      tag: "in1k",
      hubId: "timm/efficientnet_b1_pruned.in1k",
      inputSize: { height: 240, width: 240 },
      parameters: 6_331_916,
      macs: 391_208_019,
      tensors: 508,
      tensorBytes: 25_504_400,
      config: { cropPct: 0.882, interpolation: "bicubic", mean: [0.5, 0.5, 0.5] },
      card: { flops: 489_653_114, fileSize: 25_595_162, countedAt: { height: 240, width: 305 } },
    });
    expect(info["architecture"]).toEqual(architectureOf("efficientnet_b1_pruned"));
    expect(info["accuracies"]).toContainEqual({ testSet: "imagenet", inputSize: 240, top1: 78.252, top5: 93.82 });
  });

  test("the table says the same to people, every block with its widths", async () => {
    const { stdout, stderr } = await effnet(["info", "efficientnet_b1_pruned"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("6,331,916");
    expect(stdout).toContain("391,208,019 at 240×240");
    expect(stdout).toMatch(/489,653,114 FLOPs at 240×305, a file of 25,595,162 bytes/);
    expect(stdout).toMatch(/top-1 78\.25 %/);
    expect(stdout).toMatch(/^blocks\.5\.4 +ir +5×5 +1 +192 +990 +48 +192 +\+ +8×8 +505,332 +26 M$/m);
  });

  test("equal blocks share a row, and --layers names every layer", async () => {
    expect((await effnet(["info", "efficientnet_b0"])).stdout).toMatch(/^blocks\.5\.1-3 +3 +ir /m);
    const { stdout } = await effnet(["info", "efficientnet_b0", "--layers"]);
    expect(stdout).toMatch(/^conv_stem +3×3 \/2 +3×224×224 +32×112×112 +864 +10,838,016$/m);
    expect(stdout).toMatch(/^blocks\.1\.0\.conv_dw +3×3 \/2 depthwise +96×112×112 +96×56×56 /m);
    const info = await json<{ layers: { name: string }[] }>(["info", "efficientnet_b0", "--layers", "--json"]);
    expect(info.layers.map(({ name }) => name)).toContain("blocks.6.0.se.conv_expand");
  });

  test("--input-size counts MACs at another size", async () => {
    const info = await json<{ macs: number }>(["info", "efficientnet_b0", "--input-size", "258", "--json"]);
    expect(info.macs).toBeGreaterThan(385_814_752);
    const same = await json<{ macs: number }>(["info", "efficientnet_b0", "--input-size", "224x224", "--json"]);
    expect(same.macs).toBe(385_814_752);
  });

  test("--card prints the model-index entry as timm's pages do", async () => {
    const { stdout, stderr } = await effnet(["info", "efficientnet_b1_pruned", "--card"]);
    expect(stderr).toBe("");
    expect(stdout).toBe(`- Name: efficientnet_b1_pruned
  In Collection: EfficientNet Pruned
  Metadata:
    FLOPs: 489653114
    Parameters: 6330000
    File Size: 25595162
    Architecture:
    - 1x1 Convolution
    - Average Pooling
    - Batch Normalization
    - Convolution
    - Dense Connections
    - Dropout
    - Inverted Residual Block
    - Squeeze-and-Excitation Block
    - Swish
    Tasks:
    - Image Classification
    Training Data:
    - ImageNet
    ID: efficientnet_b1_pruned
    Crop Pct: '0.882'
    Image Size: '240'
    Interpolation: bicubic
  Code: https://github.com/rwightman/pytorch-image-models/blob/a7f95818e44b281137503bcf4b3e3e94d8ffa52f/timm/models/efficientnet.py#L1208
  Weights: https://imvl-automl-sh.oss-cn-shanghai.aliyuncs.com/darts/hyperml/hyperml/job_45403/outputs/effnetb1_pruned_9ebb3fe6.pth
  Results:
  - Task: Image Classification
    Dataset: ImageNet
    Metrics:
      Top 1 Accuracy: 78.25%
      Top 5 Accuracy: 93.84%
`);
  });

  test("each of the 48 cards comes out field by field as published", async (context) => {
    if (!existsSync(CARDS)) context.skip("../shared is not here");
    const { cards } = JSON.parse(readFileSync(CARDS, "utf8")) as { cards: Record<string, object> };
    const ids = Object.keys(cards);
    expect(ids).toHaveLength(48);
    for (const id of ids) {
      const { Name, ...entry } = await json<{ Name: string }>(["info", id, "--card", "--json"]);
      expect(Name).toBe(id);
      expect(entry).toEqual(cards[id]);
    }
  });

  test("a network without a card says so", async () => {
    const { status, stderr } = await effnet(["info", "efficientnetv2_rw_t", "--card"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^effnet: card: .*efficientnetv2_rw_t/);
  });
});

describe("list", () => {
  interface Entry {
    readonly name: string;
    readonly tag: string | null;
    readonly [key: string]: unknown;
  }

  test("names the whole family, with size, cost and published accuracy", async () => {
    const entries = await json<Entry[]>(["list", "--json"]);
    expect(entries.map(({ name }) => name)).toEqual(listModels());
    expect(entries).toHaveLength(57);
    expect(entries.find(({ name }) => name === "efficientnet_b0")).toEqual({
      name: "efficientnet_b0",
      tag: "ra_in1k",
      inputSize: 224,
      parameters: 5_288_548,
      macs: 385_814_752,
      top1: 77.698,
      top5: 93.538,
      testSize: 224,
    });
    const { stdout } = await effnet(["list"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(58);
    expect(stdout).toMatch(/^efficientnet_b0 +224 +5,288,548 +386 M +77\.70 +93\.54 +224$/m);
  });

  test("a pattern chooses, --pretrained lists every tag, and no match is told", async () => {
    const names = async (...args: string[]) =>
      (await json<Entry[]>(["list", ...args, "--json"])).map(({ name }) => name);
    expect(await names("*_pruned")).toEqual(listModels("*_pruned"));
    const tags = await json<Entry[]>(["list", "tf_efficientnet_b0", "--pretrained", "--json"]);
    expect(tags.map(({ name, tag }) => `${name}.${tag}`)).toEqual(
      listModels("tf_efficientnet_b0", { pretrained: true }),
    );
    expect((await effnet(["list", "tf_efficientnet_b0", "-p"])).stdout).toContain("tf_efficientnet_b0.aa_in1k");
    const none = await effnet(["list", "b0"]);
    expect(none).toMatchObject({ status: 2, stdout: "" });
    expect(none.stderr).toMatch(/no network is called "b0"/);
  });
});

describe("scale", () => {
  interface Scaled {
    readonly phi: number | null;
    readonly size: number;
    readonly parameters: number;
    readonly macs: number;
    readonly architecture: unknown;
  }
  const scaled = (...args: string[]) => json<Scaled>(["scale", ...args, "--json"]);

  test("--phi gives the compound formula's network", async () => {
    expect(await scaled("--phi", "1")).toMatchObject({ phi: 1, size: 258, parameters: 9_109_994, macs: 992_629_472 });
    expect(await scaled("efficientnet_b0", "--phi", "3")).toMatchObject({ size: 341, macs: 3_250_916_456 });
    expect(await scaled("--phi", "0")).toMatchObject({ size: 224, parameters: 5_288_548 });
  });

  test("--macs and --params give the largest φ within the budget", async () => {
    expect(await scaled("--macs", "1G")).toMatchObject({ phi: 1.03, macs: 993_797_968 });
    expect(await scaled("--params", "8M")).toMatchObject({ phi: 0.21, parameters: 7_924_026 });
    const small = await effnet(["scale", "--params", "1M"]);
    expect(small).toMatchObject({ status: 2, stdout: "" });
    expect(small.stderr).toMatch(/5288548|5,288,548/);
  });

  test("b3's own multipliers give b3, and the file of --out is an architecture that reads back", async () => {
    const out = join(scratch(), "b3.json");
    const { status, stdout } = await effnet([
      "scale",
      "--width",
      "1.2",
      "--depth",
      "1.4",
      "--size",
      "300",
      "--out",
      out,
    ]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    const record = JSON.parse(readFileSync(out, "utf8")) as Scaled;
    expect(record).toMatchObject({ phi: null, macs: 1_827_141_392 });
    const { name: _, ...b3 } = architectureOf("efficientnet_b3");
    expect(parseArchitecture(record.architecture, out)).toMatchObject(b3);
  });

  test("what --out wrote is a network that other commands take", async () => {
    const folder = scratch();
    const [small, broken] = [join(folder, "small.json"), join(folder, "broken.json")];
    await effnet(["scale", "test_efficientnet", "--width", "0.5", "--depth", "1", "--size", "64", "--out", small]);
    const classify = (model: string) =>
      effnet(["classify", pictures, "--model", model, "--seed", "1", "--input-size", "64", "--json"]);
    const answered = await classify(small);
    expect(answered.status).toBe(0);
    expect(answered.stderr).toContain("test_efficientnet-w0.5-d1");
    writeFileSync(broken, '{ "name": "nothing" }');
    const refused = await classify(broken);
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^effnet: .*broken\.json.*\n$/);
  });

  test("the table says by what and to what", async () => {
    const { stdout } = await effnet(["scale", "--phi", "1"]);
    expect(stdout).toContain("width × 1.1, depth × 1.2, input 258×258");
    expect(stdout).toContain("9,109,994 parameters · 992,629,472 MACs");
    expect(stdout).toMatch(/^blocks\.5\.1-4 +4 +ir +5×5 +1 +208 +1248 +52 +208 +\+ +9×9 /m);
  });

  test("a network that is itself scaled is refused, with its base", async () => {
    const { status, stderr } = await effnet(["scale", "efficientnet_b4", "--phi", "1"]);
    expect(status).toBe(2);
    expect(stderr).toContain("efficientnet_b0");
  });
});
