// Several processes and one cache: nothing comes twice, nothing is corrupt, whoever is killed.

import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { COMMIT, hubServer, patterned, sha256 } from "./hub-server.ts";

const ID = "timm/net";
const WEIGHTS = patterned(400_000);
const DIGEST = sha256(WEIGHTS);
const CHILD = fileURLToPath(new URL("hub-child.mjs", import.meta.url));
const hub = await hubServer();
const root = mkdtempSync(join(tmpdir(), "effnet-hub-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let cache = "";
let number = 0;

beforeEach(() => {
  cache = join(root, String(number++));
  hub.asked.length = 0;
  hub.troubles.length = 0;
  hub.repositories.set(ID, { commit: COMMIT, files: { "model.safetensors": WEIGHTS } });
});

const blobs = (): string => join(cache, "models--timm--net/blobs");
const partial = (): string => join(blobs(), `${DIGEST}.effnet.incomplete`);
const lock = (): string => join(cache, ".locks/models--timm--net", `${DIGEST}.effnet.lock`);
const pointer = (): string => join(cache, "models--timm--net/snapshots", COMMIT, "model.safetensors");

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function fetching(env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const {
    HTTP_PROXY: _,
    http_proxy: __,
    HTTPS_PROXY: ___,
    https_proxy: ____,
    NO_PROXY: _____,
    no_proxy: ______,
    ...own
  } = process.env;
  const child = spawn(process.execPath, [CHILD, ID, "model.safetensors"], {
    env: { ...own, HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (status) => resolve({ status, ...output })));
  return { child, ended };
}

async function until(isSo: () => boolean): Promise<void> {
  const start = performance.now();
  while (!isSo()) {
    if (performance.now() - start > 50_000) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("two at once download once, and both have the file", async () => {
  hub.troubles.push({ path: /^store/, slowMs: 5, times: 9 });
  const ends = await Promise.all([fetching().ended, fetching().ended]);
  expect(ends).toEqual([0, 0].map((status) => expect.objectContaining({ status, stdout: `${pointer()}\n` })));
  expect(hub.count("GET", "store")).toBe(1);
  expect(readFileSync(pointer()).equals(WEIGHTS)).toBe(true);
  expect([readdirSync(blobs()), readdirSync(dirname(lock()))]).toEqual([[DIGEST], []]);
});

test("one that is killed in mid-download leaves what came, and the next goes on with it at once", async () => {
  hub.troubles.push({ path: /^store/, slowMs: 10 });
  const first = fetching();
  await until(() => existsSync(partial()) && readFileSync(partial()).length > 50_000);
  first.child.kill("SIGKILL");
  await first.ended;
  expect([existsSync(lock()), existsSync(pointer())]).toEqual([true, false]);
  const bytes = readFileSync(partial());
  expect(bytes.equals(WEIGHTS.subarray(0, bytes.length))).toBe(true);

  expect((await fetching().ended).status).toBe(0);
  expect(hub.asked.filter(({ at }) => at === "store").map(({ headers }) => headers.range)).toEqual([
    undefined,
    `bytes=${bytes.length}-`,
  ]);
  expect(readFileSync(pointer()).equals(WEIGHTS)).toBe(true);
  expect([readdirSync(blobs()), readdirSync(dirname(lock()))]).toEqual([[DIGEST], []]);
});

test("one that waits takes over from one that is killed", async () => {
  hub.troubles.push({ path: /^store/, slowMs: 10 });
  const first = fetching();
  await until(() => existsSync(partial()) && readFileSync(partial()).length > 50_000);
  const second = fetching();
  await until(() => hub.count("HEAD") === 2);
  first.child.kill("SIGKILL");
  expect((await second.ended).status).toBe(0);
  expect(readFileSync(pointer()).equals(WEIGHTS)).toBe(true);
});

test("one that is ended by SIGTERM leaves nothing that stops the next", async () => {
  hub.troubles.push({ path: /^store/, slowMs: 10 });
  const { child, ended } = fetching();
  await until(() => existsSync(partial()) && readFileSync(partial()).length > 50_000);
  child.kill("SIGTERM");
  await ended;
  expect((await fetching().ended).status).toBe(0);
  expect(readFileSync(pointer()).equals(WEIGHTS)).toBe(true);
});

describe("a lock that was left behind", () => {
  const old = (): Date => new Date(Date.now() - 31_000);

  test.each([
    [
      "by a process of this machine that is gone",
      () => JSON.stringify({ host: hostname(), process: 2 ** 22 + 1, id: "x" }),
      false,
    ],
    [
      "by another machine, not renewed for 30 s",
      () => JSON.stringify({ host: "elsewhere", process: 1, id: "x" }),
      true,
    ],
    ["half written, for 30 s", () => "{", true],
  ])("%s is taken over", async (_, text, isOld) => {
    mkdirSync(dirname(lock()), { recursive: true });
    writeFileSync(lock(), text());
    if (isOld) utimesSync(lock(), old(), old());
    expect((await fetching().ended).status).toBe(0);
    expect(existsSync(lock())).toBe(false);
  });

  test("by another machine that still renews it is waited for", async () => {
    mkdirSync(dirname(lock()), { recursive: true });
    writeFileSync(lock(), JSON.stringify({ host: "elsewhere", process: 1, id: "x" }));
    const { ended } = fetching();
    await until(() => hub.count("HEAD") === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(hub.count("GET")).toBe(0);
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(join(blobs(), DIGEST), WEIGHTS); // the other has done it
    expect((await ended).status).toBe(0);
    expect(hub.count("GET")).toBe(0);
  });

  test("of Python means nothing", async () => {
    mkdirSync(dirname(lock()), { recursive: true });
    writeFileSync(join(dirname(lock()), `${DIGEST}.lock`), "");
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(join(blobs(), `${DIGEST}.0a1b2c3d.incomplete`), WEIGHTS.subarray(0, 10));
    expect((await fetching().ended).status).toBe(0);
    expect(readdirSync(blobs()).sort()).toEqual([DIGEST, `${DIGEST}.0a1b2c3d.incomplete`]);
  });
});

describe("proxies", () => {
  /** Passes everything on to the hub of this test, whatever host was meant. */
  async function proxy(): Promise<{ url: string; passed: string[] }> {
    const passed: string[] = [];
    const target = (path: string): URL => new URL(path, path.startsWith("/") ? hub.url : undefined);
    const server = createServer(async (request, response) => {
      passed.push(`${request.method} ${request.url}`);
      const { pathname, search } = target(request.url ?? "/");
      const answer = await fetch(hub.url + pathname + search, { method: request.method ?? "GET", redirect: "manual" });
      response
        .writeHead(answer.status, Object.fromEntries(answer.headers))
        .end(Buffer.from(await answer.arrayBuffer()));
    });
    server.on("connect", (request, socket) => {
      passed.push(`CONNECT ${request.url}`);
      const isStore = request.url === new URL(hub.store).host;
      const there = connect(Number(new URL(isStore ? hub.store : hub.url).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        there.pipe(socket);
        socket.pipe(there);
      });
      there.on("error", () => socket.destroy());
      socket.on("error", () => there.destroy());
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed };
  }

  test("that the environment names are gone through, with undici", async () => {
    const { url, passed } = await proxy();
    const { status, stderr } = await fetching({ HTTP_PROXY: url, HF_ENDPOINT: "http://hub.invalid" }).ended;
    expect([status, stderr.replace(/^at .*\n/gm, "")]).toEqual([0, ""]);
    expect(passed.some((line) => line.includes("hub.invalid"))).toBe(true);
  });

  test("are left out for hosts of NO_PROXY", async () => {
    const { url, passed } = await proxy();
    expect((await fetching({ http_proxy: url, no_proxy: "127.0.0.1" }).ended).status).toBe(0);
    expect(passed).toEqual([]);
  });
});
