// The hub's client in Node against a hub on this machine: what it asks, what it makes of the answers, what it keeps.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { scanCacheDir } from "@huggingface/hub";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { HubError, UsageError } from "#effnet/errors.js";
import type { Hub, HubFile, OpenOptions } from "#effnet/weights/hub/hub.js";
import { openHub } from "#effnet/weights/hub/hub.node.js";
import { repositoryOf } from "#effnet/weights/hub/repository.js";
import { COMMIT, etagOf, gitSha1, hubServer, patterned, sha256 } from "./hub-server.ts";

const ID = "timm/net";
const WEIGHTS = patterned(300_000);
const CONFIG = '{"architecture":"test_efficientnet"}';
const hub = await hubServer();
const root = mkdtempSync(join(tmpdir(), "effnet-hub-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let cache = "";
let number = 0;
let warnings: string[] = [];

beforeEach(() => {
  cache = join(root, String(number++), "hub");
  warnings = [];
  hub.asked.length = 0;
  hub.troubles.length = 0;
  hub.repositories.clear();
  hub.repositories.set(ID, {
    commit: COMMIT,
    files: { "model.safetensors": WEIGHTS, "config.json": CONFIG, "sub/dir/note.txt": "x" },
  });
});

const open = (options: OpenOptions = {}): Promise<Hub> =>
  openHub({ endpoint: hub.url, cacheFolder: cache, pauseMs: 1, onWarning: (line) => warnings.push(line), ...options });

const get = async (
  name = "model.safetensors",
  revision: string | null = null,
  options: OpenOptions = {},
): Promise<HubFile> => (await (await open(options)).file(repositoryOf(ID, revision), name)) as HubFile;

const refused = async (work: Promise<unknown>): Promise<HubError> => {
  const error = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(HubError);
  expect((error as HubError).message).not.toContain("\n");
  return error as HubError;
};

/** At once: comparing them one by one takes seconds. */
function expectBytes(path: string | Blob, bytes: Uint8Array): void {
  expect(readFileSync(path as string).equals(bytes)).toBe(true);
}

const folder = (): string => join(cache, "models--timm--net");

/** Every path below the cache: a link's target, a file's size. */
function tree(at: string, prefix = ""): Record<string, string | number> {
  const found: Record<string, string | number> = {};
  for (const name of readdirSync(join(at, prefix)).sort()) {
    const path = prefix + name;
    const status = lstatSync(join(at, path));
    if (status.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(at, path))}`;
    else if (status.isDirectory()) {
      const inside = tree(at, `${path}/`);
      Object.assign(found, Object.keys(inside).length === 0 ? { [`${path}/`]: 0 } : inside);
    } else found[path] = status.size;
  }
  return found;
}

describe("the cache", () => {
  test("is Python's tree, link for link, and @huggingface/hub lists it without warnings", async () => {
    for (const name of ["model.safetensors", "config.json", "sub/dir/note.txt"]) await get(name);
    expect(await (await open()).file(repositoryOf(ID), "pytorch_model.bin")).toBe(null);
    const [weights, config, note] = [sha256(WEIGHTS), gitSha1(CONFIG), gitSha1("x")];
    const within = "models--timm--net";
    const { "CACHEDIR.TAG": _, ...rest } = tree(cache);
    expect(rest).toEqual({
      ".locks/models--timm--net/": 0,
      [`${within}/.no_exist/${COMMIT}/pytorch_model.bin`]: 0,
      [`${within}/blobs/${weights}`]: WEIGHTS.length,
      [`${within}/blobs/${config}`]: CONFIG.length,
      [`${within}/blobs/${note}`]: 1,
      [`${within}/refs/main`]: 40,
      [`${within}/snapshots/${COMMIT}/config.json`]: `-> ../../blobs/${config}`,
      [`${within}/snapshots/${COMMIT}/model.safetensors`]: `-> ../../blobs/${weights}`,
      [`${within}/snapshots/${COMMIT}/sub/dir/note.txt`]: `-> ../../../../blobs/${note}`,
    });
    expect(readFileSync(join(folder(), "refs/main"), "utf8")).toBe(COMMIT);
    expect(readFileSync(join(cache, "CACHEDIR.TAG"), "utf8")).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
    const { warnings: problems, repos, size } = await scanCacheDir(cache);
    expect(problems).toEqual([]);
    const bytes = WEIGHTS.length + CONFIG.length; // it does not look into folders of a snapshot
    expect(repos.map(({ id, size }) => [id.name, size])).toEqual([[ID, bytes]]);
    expect(size).toBe(bytes);
  });

  test("answers without a second download: one question for a branch, none for a commit", async () => {
    const first = await get();
    expectBytes(first.source as string, WEIGHTS);
    expect([hub.count("HEAD"), hub.count("GET")]).toEqual([1, 1]);
    expect((await get()).source).toBe(first.source);
    expect([hub.count("HEAD"), hub.count("GET")]).toEqual([2, 1]);
    expect((await get("model.safetensors", COMMIT)).source).toBe(first.source);
    expect(await (await open()).file(repositoryOf(ID, COMMIT), "none.bin")).toBe(null);
    expect(await (await open()).file(repositoryOf(ID, COMMIT), "none.bin")).toBe(null); // known not to be there
    expect([hub.count("HEAD"), hub.count("GET")]).toEqual([3, 1]);
  });

  test("that Python filled is taken as it is", async () => {
    const write = (path: string, data: string | Uint8Array): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, data);
    };
    write(join(folder(), "blobs", sha256(WEIGHTS)), WEIGHTS);
    write(join(folder(), "refs/main"), COMMIT);
    write(join(folder(), "snapshots", COMMIT, "model.safetensors"), WEIGHTS); // Python without links
    expect((await get("model.safetensors", null, { offline: true })).source).toBe(
      join(folder(), "snapshots", COMMIT, "model.safetensors"),
    );
    await get();
    expect(hub.count("GET")).toBe(0);
  });

  test("shares the bytes of two commits, moves the reference, and keeps the older snapshot", async () => {
    await get();
    const next = "f".repeat(40);
    hub.repositories.set(ID, { commit: next, files: { "model.safetensors": WEIGHTS } });
    expect((await get()).commit).toBe(next);
    expect(hub.count("GET")).toBe(1);
    expect(readdirSync(join(folder(), "snapshots"))).toEqual([COMMIT, next]);
    expect(readFileSync(join(folder(), "refs/main"), "utf8")).toBe(next);
    expect((await scanCacheDir(cache)).warnings).toEqual([]);
  });

  test("keeps nested references, and percent-encodes them in addresses", async () => {
    await get("config.json", "refs/pr/1");
    expect(hub.asked[0].path).toBe("/timm/net/resolve/refs%2Fpr%2F1/config.json");
    expect(readFileSync(join(folder(), "refs/refs/pr/1"), "utf8")).toBe(COMMIT);
  });

  test("without links holds the files in the snapshots themselves", async () => {
    process.env["HF_HUB_DISABLE_SYMLINKS"] = "1";
    try {
      const { source } = await get();
      expect(lstatSync(source as string).isFile()).toBe(true);
      expect(readdirSync(join(folder(), "blobs"))).toEqual([]);
      await get();
      expect(hub.count("GET")).toBe(1);
    } finally {
      delete process.env["HF_HUB_DISABLE_SYMLINKS"];
    }
  });

  test("a link to nowhere and a blob that was cut short are brought anew", async () => {
    const { source } = await get();
    const blob = join(folder(), "blobs", sha256(WEIGHTS));
    writeFileSync(blob, WEIGHTS.subarray(0, 100));
    expectBytes((await get()).source as string, WEIGHTS);
    rmSync(blob);
    expectBytes((await get()).source as string, WEIGHTS);
    expect(readlinkSync(source as string)).toBe(`../../blobs/${sha256(WEIGHTS)}`);
  });

  test("names that lead out of it are refused", async () => {
    for (const id of ["../etc", "a/..", "a/b--c", "a/b/c", "a"]) expect(() => repositoryOf(id)).toThrow(UsageError);
    for (const revision of ["../x", "a/../b", "", "a b"]) expect(() => repositoryOf(ID, revision)).toThrow(UsageError);
    for (const name of ["../x", "a/../../b", "/etc/passwd", "C:\\x", "a//b", "a\\b"]) {
      await expect(get(name)).rejects.toThrow(UsageError);
    }
    expect(hub.asked).toEqual([]);
  });

  test.each([`"../../../x"`, `"a/b"`, `".."`, ""])(
    "an etag that is no name of a file is no hub's: %j",
    async (etag) => {
      hub.troubles.push({ status: 200, headers: { "x-repo-commit": COMMIT, "x-linked-etag": etag, etag } });
      expect((await refused(get())).reason).toBe("answer");
      expect(existsSync(cache)).toBe(false);
    },
  );
});

describe("a download", () => {
  test("reports its bytes, sends identity and a name, and the token to the hub alone", async () => {
    const reports: number[] = [];
    await get("model.safetensors", null, {
      token: "hf_right",
      onProgress: ({ done, total }) => reports.push(done, total as number),
    });
    expect(reports.slice(-2)).toEqual([WEIGHTS.length, WEIGHTS.length]);
    const [head, body] = hub.asked;
    expect(head.headers).toMatchObject({ authorization: "Bearer hf_right", "accept-encoding": "identity" });
    expect(head.headers["user-agent"]).toMatch(/^effnet/);
    expect(body.headers.authorization).toBe(undefined);
  });

  test("follows a renamed repository inside the hub, and gives up after five", async () => {
    hub.repositories.set("timm/old", { commit: COMMIT, files: {}, movedTo: ID });
    const moved = await (await open()).file(repositoryOf("timm/old"), "config.json");
    expect(await moved?.text()).toBe(CONFIG);
    hub.repositories.set("timm/round", { commit: COMMIT, files: {}, movedTo: "timm/round" });
    const error = await refused((await open()).file(repositoryOf("timm/round"), "config.json"));
    expect([error.reason, hub.count("HEAD", "hub", /round/)]).toEqual(["answer", 6]);
  });

  test("goes on where the connection was cut, under the condition that the bytes are the same", async () => {
    hub.troubles.push({ path: /^store/, cutAfter: 100_000 }, { path: /^store/, cutAfter: 50_000 });
    await get();
    const ranges = hub.asked
      .filter(({ at }) => at === "store")
      .map(({ headers }) => [headers.range, headers["if-range"]]);
    expect(ranges[0]).toEqual([undefined, undefined]);
    expect(ranges).toHaveLength(3);
    for (const [range, condition] of ranges.slice(1)) {
      expect(range).toMatch(/^bytes=[1-9]\d*-$/);
      expect(condition).toBe(`"${sha256(WEIGHTS)}"`);
    }
  });

  test("left unfinished by another process goes on, even at a store that knows no such condition", async () => {
    const partial = join(folder(), "blobs", `${sha256(WEIGHTS)}.effnet.incomplete`);
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, WEIGHTS.subarray(0, 200_000));
    await get();
    expect(hub.asked.at(-1)?.headers.range).toBe("bytes=200000-");
    rmSync(cache, { recursive: true });
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, WEIGHTS.subarray(0, 200_000));
    hub.troubles.push({ path: /^store/, status: 200, body: WEIGHTS, headers: {} }); // ignores If-Range
    await get();
    expect(hub.asked.at(-1)?.headers).toMatchObject({ range: "bytes=200000-" });
    expect(hub.asked.at(-1)?.headers["if-range"]).toBe(undefined);
    expectBytes((await get()).source as string, WEIGHTS);
  });

  test.each([
    ["that is whole already needs no body", 300_000, 0],
    ["that is too long starts over", 300_001, 1],
  ])("a beginning %s", async (_, length, bodies) => {
    const partial = join(folder(), "blobs", `${sha256(WEIGHTS)}.effnet.incomplete`);
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, patterned(length));
    expectBytes((await get()).source as string, WEIGHTS);
    expect(hub.count("GET")).toBe(bodies);
  });

  test("whose beginning was wrong starts over once", async () => {
    const partial = join(folder(), "blobs", `${sha256(WEIGHTS)}.effnet.incomplete`);
    mkdirSync(dirname(partial), { recursive: true });
    writeFileSync(partial, patterned(1000, 99));
    expectBytes((await get()).source as string, WEIGHTS);
    expect(hub.count("GET")).toBe(2);
  });

  test.each(["model.safetensors", "config.json"])(
    "with a wrong digest is tried once more, then refused with both: %s",
    async (name) => {
      const right = name === "config.json" ? CONFIG : WEIGHTS;
      hub.troubles.push({ method: "GET", wrongFrom: 10, times: 2 });
      const error = await refused(get(name));
      expect(error.reason).toBe("corrupt");
      expect(error.message).toMatch(
        new RegExp(`expected (sha256|git-sha1) ${etagOf(right)}, got [0-9a-f]{40,64}, twice`),
      );
      expect(readdirSync(join(folder(), "blobs"))).toEqual([]);
      expect(existsSync(join(folder(), "snapshots"))).toBe(false);
      hub.troubles.push({ method: "GET", wrongFrom: 10 });
      await get(name);
      expect(readdirSync(join(folder(), "blobs"))).toEqual([etagOf(right)]);
    },
  );

  test("of too few or too many bytes is no file", async () => {
    hub.troubles.push({
      method: "GET",
      status: 200,
      body: patterned(1000),
      headers: { "content-length": "1000" },
      times: 20,
    });
    expect((await refused(get())).message).toMatch(/expected 300000 bytes, got 1000 before/);
    hub.troubles.length = 0;
    rmSync(cache, { recursive: true });
    hub.troubles.push({ method: "GET", status: 200, body: patterned(300_001), headers: {}, times: 2 });
    expect((await refused(get())).message).toMatch(/expected 300000 bytes, got more, twice/);
  });

  test("is cut five times without a byte and keeps what came", async () => {
    hub.troubles.push({ path: /^store/, cutAfter: 100_000 }, { path: /^store/, cutAfter: 0, times: 9 });
    const error = await refused(get());
    expect([error.reason, hub.count("GET")]).toEqual(["network", 6]);
    expect(error.message).toMatch(/The next try goes on after [1-9]\d* bytes\.$/);
    const [partial] = readdirSync(join(folder(), "blobs"));
    expect(partial).toMatch(/\.effnet\.incomplete$/);
    const path = join(folder(), "blobs", partial);
    expectBytes(path, WEIGHTS.subarray(0, statSync(path).size));
  });

  test("that falls silent is asked for again", async () => {
    process.env["HF_HUB_DOWNLOAD_TIMEOUT"] = "0.2";
    try {
      hub.troubles.push({ path: /^store/, silentAfter: 1000 });
      await get();
      expect(hub.count("GET")).toBe(2);
    } finally {
      delete process.env["HF_HUB_DOWNLOAD_TIMEOUT"];
    }
  });

  test("whose signed address ran out asks the hub for another", async () => {
    hub.troubles.push({ path: /^store/, status: 403, body: "Request has expired" });
    await get();
    expect([hub.count("HEAD"), hub.count("GET")]).toEqual([2, 2]);
  });

  test("can be aborted; the bytes stay for the next, the lock does not", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    hub.troubles.push({ path: /^store/, slowMs: 5 });
    const onProgress = ({ done }: { done: number }): void => {
      if (done > 20_000) controller.abort(reason);
    };
    await expect(get("model.safetensors", null, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(readdirSync(join(cache, ".locks/models--timm--net"))).toEqual([]);
    await get();
    expect(hub.asked.at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d+-$/);
  });
});

describe("a hub that does not serve says why in one line", () => {
  test.each([
    [
      "no such repository",
      "timm/none",
      null,
      {},
      "repository",
      /^timm\/none: was not found, or is private\. .*HF_TOKEN/,
    ],
    ["a private one", "timm/private", null, {}, "repository", /HF_TOKEN/],
    ["a gated one", "timm/gated", null, {}, "gated", /Accept its terms at http.*\/timm\/gated, then set HF_TOKEN/],
    ["a token that is wrong", ID, null, { token: "hf_wrong" }, "token", /refused the token/],
    ["no such revision", ID, "v9", {}, "revision", /^timm\/net@v9: has no revision "v9"/],
  ] as const)("%s", async (_, id, revision, options, reason, words) => {
    hub.repositories.set("timm/private", { commit: COMMIT, files: { "config.json": CONFIG }, isPrivate: true });
    hub.repositories.set("timm/gated", { commit: COMMIT, files: { "config.json": CONFIG }, isGated: true });
    const error = await refused((await open(options)).file(repositoryOf(id, revision), "config.json"));
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(words);
    expect(hub.count("HEAD")).toBe(1); // no second try
  });

  test("a private one is read with the right token", async () => {
    hub.repositories.set("timm/private", { commit: COMMIT, files: { "config.json": CONFIG }, isPrivate: true });
    expect(await (await open({ token: "hf_right" })).file(repositoryOf("timm/private"), "config.json")).not.toBe(null);
  });

  test.each([
    [
      403,
      { "x-error-message": "Forbidden:\tyour token may not read this" },
      "forbidden",
      /may not be read \(Forbidden:\\tyour token/,
      1,
    ],
    [404, { "x-error-message": "Access to this resource is disabled." }, "disabled", /switched off/, 1],
    [418, {}, "answer", /status 418/, 1],
    [429, {}, "rate", /asked too often/, 5],
    [500, {}, "server", /status 500/, 5],
    [503, { "x-request-id": "Root=1-xyz" }, "server", /status 503\. Try later\. \(status 503, request Root=1-xyz\)/, 5],
  ] as const)("status %i", async (status, headers, reason, words, tries) => {
    hub.troubles.push({ status, headers, times: 9 });
    const error = await refused(get());
    expect([error.reason, error.status, hub.count("HEAD")]).toEqual([reason, status, tries]);
    expect(error.message).toMatch(words);
  });

  test.each([408, 429, 500, 502, 503, 504])("status %i is asked again, and then served", async (status) => {
    hub.troubles.push({ status, times: 2 }, { method: "GET", status, times: 2 });
    await get();
    expect([hub.count("HEAD"), hub.count("GET")]).toEqual([3, 3]);
  });

  test.each([
    ["RateLimit", () => ({ ratelimit: '"api";r=0;t=0', "ratelimit-policy": '"fixed window";"api";q=500;w=300' }), 1000],
    ["Retry-After in seconds", () => ({ "retry-after": "1" }), 1000],
    ["Retry-After as a date", () => ({ "retry-after": new Date(Date.now() + 2500).toUTCString() }), 1000],
  ] as const)("%s is heeded", async (_, headers, least) => {
    hub.troubles.push({ status: 429, headers: headers() as Record<string, string> });
    const start = performance.now();
    await get();
    expect(performance.now() - start).toBeGreaterThanOrEqual(least - 20);
  });

  test("who asks to wait for an hour is not waited for", async () => {
    hub.troubles.push({ status: 429, headers: { "retry-after": "3600" } });
    expect((await refused(get())).reason).toBe("rate");
  });

  test("the login page of a network is no hub", async () => {
    hub.troubles.push({ status: 200, body: "<html>please log in</html>", headers: { etag: '"abc"' } });
    expect((await refused(get())).message).toMatch(
      /expected a hub's answer, got one without X-Repo-Commit: the login page/,
    );
    hub.troubles.push({ status: 302, headers: { location: "http://login.example/?from=hub" } });
    expect((await refused(get())).reason).toBe("answer");
    expect(hub.asked).toHaveLength(2);
  });
});

describe("without a network", () => {
  const NOBODY = "http://127.0.0.1:9";

  test("the cached copy answers, with one warning; what is not cached is refused in one line", async () => {
    const { source } = await get();
    const away = await open({ endpoint: NOBODY });
    expect((await away.file(repositoryOf(ID), "model.safetensors"))?.source).toBe(source);
    expect(warnings).toEqual([expect.stringMatching(/could not be reached.*The cached copy is taken\.$/)]);
    expect((await refused(away.file(repositoryOf(ID), "config.json"))).reason).toBe("network");
  });

  test("a hub that answers with an error leaves the cached copy, too, unless the revision is gone", async () => {
    await get();
    hub.troubles.push({ status: 500 });
    await get();
    expect(warnings).toHaveLength(1);
    hub.troubles.push({ status: 404, headers: { "x-error-code": "RevisionNotFound" } });
    expect((await refused(get())).reason).toBe("revision");
  });

  test("a name that does not resolve is not asked for again and again", async () => {
    const start = performance.now();
    const error = await refused(get("config.json", null, { endpoint: "http://no-such-host.invalid", pauseMs: 60_000 }));
    expect(error.reason).toBe("network");
    expect(error.message).toMatch(
      /^http:\/\/no-such-host\.invalid\/timm\/net\/.* could not be reached \(.*no-such-host\.invalid\)/,
    );
    expect(performance.now() - start).toBeLessThan(50_000);
  });

  test("a refused connection is tried five times", async () => {
    let tries = 0;
    const counting = (url: string, init: RequestInit): Promise<Response> => {
      tries++;
      return fetch(url, init);
    };
    await refused(get("config.json", null, { endpoint: NOBODY, fetch: counting }));
    expect(tries).toBe(5);
  });

  test("offline asks nobody: by option, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE", async () => {
    const { source } = await get();
    hub.asked.length = 0;
    expect((await get("model.safetensors", null, { offline: true })).source).toBe(source);
    const error = await refused(get("config.json", null, { offline: true }));
    expect(error.reason).toBe("offline");
    expect(error.message).toContain(`config.json is not in the cache (${cache}), and HF_HUB_OFFLINE is set.`);
    for (const name of ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]) {
      process.env[name] = "True";
      expect((await refused(get("config.json"))).reason).toBe("offline");
      delete process.env[name];
    }
    expect(hub.asked).toEqual([]);
  });

  test("a cache that may not be written is named, with what to set", async () => {
    writeFileSync(join(root, "file"), "");
    const error = await refused(get("config.json", null, { cacheFolder: join(root, "file", "hub") }));
    expect(error.reason).toBe("cache");
    expect(error.message).toMatch(/HF_HUB_CACHE/);
  });
});

test("files follow the umask", async () => {
  const before = process.umask(0o027);
  try {
    await get();
  } finally {
    process.umask(before);
  }
  expect(statSync(join(folder(), "blobs", sha256(WEIGHTS))).mode & 0o777).toBe(0o640);
});

describe("a release file", () => {
  const name = `net_ra-${sha256(WEIGHTS).slice(0, 8)}.pth`;
  const checkpoints = (): string => join(cache, "torch/hub/checkpoints");

  beforeEach(() => {
    process.env["TORCH_HOME"] = join(cache, "torch");
  });
  afterAll(() => {
    delete process.env["TORCH_HOME"];
  });

  test("goes into torch's cache, across a cut, and is asked for once", async () => {
    hub.troubles.push({ path: /^store/, cutAfter: 100_000 });
    const url = `${hub.store}/releases/v0.1/${name}`;
    const { source } = await (await open({ token: "hf_right" })).original(url);
    expect(source).toBe(join(checkpoints(), name));
    expectBytes(source, WEIGHTS);
    expect(hub.asked.map(({ headers }) => [headers.range, headers.authorization])).toEqual([
      [undefined, undefined],
      [expect.stringMatching(/^bytes=[1-9]\d*-$/), undefined],
    ]);
    expect(readdirSync(checkpoints())).toEqual([name]);
    expect((await (await open()).original(url)).source).toBe(source);
    expect((await (await open({ offline: true })).keptOriginal(url))?.source).toBe(source);
    expect(hub.asked).toHaveLength(2);
  });

  test("whose bytes are not those of its name is refused; one that is not there, too", async () => {
    hub.troubles.push({ path: /^store/, wrongFrom: 5, times: 2 });
    const error = await refused((await open()).original(`${hub.store}/releases/v0.1/${name}`));
    expect([error.reason, readdirSync(checkpoints())]).toEqual(["corrupt", []]);
    const missing = await refused((await open()).original(`${hub.store}/releases/v0.1/none-00000000.pth`));
    expect([missing.reason, missing.status]).toEqual(["answer", 404]);
  });
});
