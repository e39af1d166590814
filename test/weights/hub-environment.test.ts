// Python's environment variables, by Python's rules.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { HubError, UsageError } from "#effnet/errors.js";
import { settingsOf } from "#effnet/weights/hub/environment.node.js";

const home = mkdtempSync(join(tmpdir(), "effnet-home-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const settings = (env: Record<string, string> = {}, options = {}) => settingsOf(options, { HOME: home, ...env });

describe("the cache", () => {
  test.each([
    [{}, "HOME/.cache/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/xdg", HF_HOME: "/hf" }, "/hf/hub"],
    [{ HF_HOME: "~/hf" }, "HOME/hf/hub"],
    [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/new" }, "/new"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as a shell writes it
    [{ HF_HUB_CACHE: "$SCRATCH/${USER_NAME}/hub", SCRATCH: "/scratch", USER_NAME: "ada" }, "/scratch/ada/hub"],
    [{ HF_HUB_CACHE: "/a/$UNSET/b" }, "/a/$UNSET/b"],
    [{ HF_HUB_CACHE: "", HF_HOME: "" }, "HOME/.cache/huggingface/hub"],
  ])("%j → %s", async (env, expected) => {
    expect((await settings(env)).cacheFolder).toBe(expected.replace("HOME", home));
  });

  test("an option goes before all", async () => {
    expect((await settings({ HF_HUB_CACHE: "/new" }, { cacheFolder: "/mine" })).cacheFolder).toBe("/mine");
  });

  test.each([
    [{}, "HOME/.cache/torch/hub/checkpoints"],
    [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/torch/hub/checkpoints"],
    [{ TORCH_HOME: "/torch" }, "/torch/hub/checkpoints"],
  ])("of torch: %j → %s", async (env, expected) => {
    expect((await settings(env)).checkpointFolder).toBe(expected.replace("HOME", home));
  });
});

describe("the token", () => {
  test.each([
    [{}, null],
    [{ HF_TOKEN: " hf_a\n" }, "hf_a"],
    [{ HF_TOKEN: "hf_a", HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_a"],
    [{ HF_TOKEN: " ", HUGGING_FACE_HUB_TOKEN: "hf_b" }, "hf_b"],
    [{ HF_TOKEN: "hf_a", HF_HUB_DISABLE_IMPLICIT_TOKEN: "yes" }, null],
  ])("%j → %s", async (env, expected) => {
    expect((await settings(env)).token).toBe(expected);
  });

  test("comes from the file of Python's login, or the one that HF_TOKEN_PATH names", async () => {
    mkdirSync(join(home, "hf"), { recursive: true });
    writeFileSync(join(home, "hf/token"), "hf_file\n");
    writeFileSync(join(home, "other"), "hf_other");
    expect((await settings({ HF_HOME: join(home, "hf") })).token).toBe("hf_file");
    expect((await settings({ HF_HOME: join(home, "hf"), HF_TOKEN_PATH: "~/other" })).token).toBe("hf_other");
    expect((await settings({ HF_HOME: join(home, "hf") }, { token: "hf_given" })).token).toBe("hf_given");
  });

  test("with other characters is refused without being shown", async () => {
    const error = await settings({ HF_TOKEN: "hf_gehéim" }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(HubError);
    expect((error as HubError).message).not.toContain("geh");
  });
});

describe("switches and numbers", () => {
  test.each(["1", "ON", "Yes", "TRUE"])("%s is true", async (value) => {
    expect(await settings({ HF_HUB_OFFLINE: value })).toMatchObject({ isOffline: true });
    expect(await settings({ HF_HUB_DISABLE_SYMLINKS: value })).toMatchObject({ usesLinks: false });
    expect(await settings({ HF_HUB_DISABLE_PROGRESS_BARS: value })).toMatchObject({ showsProgress: false });
  });

  test.each(["0", "", "off", "2"])("%j is false", async (value) => {
    expect(await settings({ HF_HUB_OFFLINE: value, TRANSFORMERS_OFFLINE: value })).toMatchObject({ isOffline: false });
  });

  test.each([
    [{}, 10_000, 10_000],
    [{ HF_HUB_ETAG_TIMEOUT: "3", HF_HUB_DOWNLOAD_TIMEOUT: "0.5" }, 3000, 500],
    [{ HF_HUB_ETAG_TIMEOUT: "soon", HF_HUB_DOWNLOAD_TIMEOUT: "-1" }, 10_000, 10_000],
  ])("timeouts: %j", async (env, headTimeoutMs, dataTimeoutMs) => {
    expect(await settings(env as Record<string, string>)).toMatchObject({ headTimeoutMs, dataTimeoutMs });
  });

  test("the endpoint loses its last slash, and must be an address", async () => {
    expect((await settings()).endpoint).toBe("https://huggingface.co");
    expect((await settings({ HF_ENDPOINT: "https://mirror.example/hf/" })).endpoint).toBe("https://mirror.example/hf");
    await expect(settings({ HF_ENDPOINT: "mirror.example" })).rejects.toThrow(UsageError);
    await expect(settings({ HF_ENDPOINT: "file:///etc" })).rejects.toThrow(UsageError);
  });
});
