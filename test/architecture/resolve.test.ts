import { describe, expect, test } from "vitest";
import { listModels, parseModelName, resolve } from "#effnet/architecture/index.js";

describe("a name resolves as in timm", () => {
  test("the bare name takes the default tag, which need not be the classic one", () => {
    expect(resolve("efficientnet_b1")).toMatchObject({
      name: "efficientnet_b1",
      tag: "ra4_e3600_r240_in1k",
      hubId: "timm/efficientnet_b1.ra4_e3600_r240_in1k",
      config: { cropPct: 0.9, mean: [0.5, 0.5, 0.5] },
    });
    expect(resolve("tf_efficientnet_b7").tag).toBe("ns_jft_in1k");
  });

  test("a tag chooses its weights and their preprocessing", () => {
    expect(resolve("efficientnet_b1.ft_in1k")).toMatchObject({ tag: "ft_in1k", config: { testCropPct: 1 } });
  });

  test("a network that was never published with weights has no tag, no hub id, no url", () => {
    const found = resolve("efficientnet_b6");
    expect(found.tag).toBeNull();
    expect(found).not.toHaveProperty("hubId");
    expect(found).not.toHaveProperty("url");
  });

  test("every listed name resolves to itself", () => {
    for (const name of listModels()) expect(resolve(name).name).toBe(name);
    for (const full of listModels("*", { pretrained: true })) expect(resolve(full).hubId).toBe(`timm/${full}`);
  });
});

describe("what does not resolve says what to do", () => {
  test.each([
    ["efficentnet_b0", /Did you mean efficientnet_b0\?/],
    ["efficientnet-b1", /Did you mean efficientnet_b1\?/],
    ["tf_eficientnet_b4", /Did you mean tf_efficientnet_b4\?/],
    ["efficientnet_b1_prunned", /Did you mean efficientnet_b1_pruned\?/],
    ["efficientnet_b1.ft_in1", /Did you mean efficientnet_b1\.ft_in1k\?/],
    ["tf_efficientnet_b0.foo", /has ns_jft_in1k, ap_in1k, aa_in1k, in1k/],
    ["efficientnet_b6.in1k", /has no published weights/],
    ["efficientnet_b6.untrained", /has no published weights/],
    ["resnet50", /unknown network "resnet50"/],
    ["", /unknown network ""/],
    ["constructor", /unknown network/],
    ["__proto__", /unknown network/],
    ["owner/name", /hf-hub:owner\/name/],
    ["C:\\models", /local-dir:path/],
  ])("%j", (name, message) => {
    expect(() => resolve(name)).toThrow(message);
    expect(() => resolve(name)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("a near miss far from every name suggests none", () => {
    expect(() => resolve("vit_base_patch16_224")).not.toThrow(/Did you mean/);
    expect(() => resolve("vit_base_patch16_224")).toThrow(/effnet list/);
  });
});

describe("names of hubs and folders", () => {
  test("are parsed", () => {
    expect(parseModelName("hf-hub:timm/efficientnet_b0.ra_in1k")).toEqual({
      kind: "hub",
      repository: "timm/efficientnet_b0.ra_in1k",
      revision: null,
    });
    expect(parseModelName("hf_hub:me/net@v1.0")).toEqual({ kind: "hub", repository: "me/net", revision: "v1.0" });
    expect(parseModelName("local-dir:/a/b c")).toEqual({ kind: "folder", path: "/a/b c" });
    expect(parseModelName("efficientnet_b0")).toEqual({ kind: "family", name: "efficientnet_b0" });
  });

  test.each(["hf-hub:", "hf-hub:name", "hf-hub:a/b/c", "hf-hub:a/b@", "local-dir:"])("%j is refused", (name) => {
    expect(() => parseModelName(name)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("are no networks of the family: their config says what they are", () => {
    for (const name of ["hf-hub:timm/efficientnet_b0.ra_in1k", "local-dir:weights"]) {
      expect(() => resolve(name)).toThrow(expect.objectContaining({ code: "unsupported" }));
      expect(() => resolve(name)).toThrow(/Pass it to createModel, or as --weights/);
    }
  });
});
