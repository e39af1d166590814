// Where bytes come from: paths, URLs, Blobs and bytes; what is refused and in which words.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSource } from "#effnet/model/source.node.js";
import type { Progress } from "#effnet/progress.js";

const BYTES = new Uint8Array(300_000).map((_, i) => i % 251);
const options = { limitBytes: 2 ** 20, stage: "read" };
let folder: string;
let server: Server;
let origin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "effnet source "));
  writeFileSync(join(folder, "a b.bin"), BYTES);
  server = createServer((request, response) => {
    if (request.url === "/whole") response.setHeader("content-length", BYTES.length).end(BYTES);
    else if (request.url?.startsWith("/chunked"))
      response.write(BYTES.subarray(0, 1000), () => response.end(BYTES.subarray(1000)));
    else if (request.url === "/boast") response.setHeader("content-length", 2 ** 40).write("x");
    else if (request.url === "/endless") for (let i = 0; i < 40; i++) response.write(new Uint8Array(2 ** 16));
    else if (request.url === "/cut")
      response.setHeader("content-length", 1000).write("x", () => request.socket.destroy());
    else if (request.url === "/silent") response.flushHeaders();
    else response.writeHead(404).end("no");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

test("a path, a file URL, a Blob, an ArrayBuffer and bytes give the same bytes, and a name for errors", async () => {
  const path = join(folder, "a b.bin");
  const file = new File([BYTES], "a.bin");
  for (const [source, name] of [
    [path, path],
    [pathToFileURL(path), path],
    [pathToFileURL(path).href, path],
    [file, "a.bin"],
    [new Blob([BYTES]), "Blob"],
    [BYTES.buffer, "bytes"],
    [BYTES, "bytes"],
  ] as const) {
    const read = await readSource(source, options);
    expect(Buffer.compare(read.bytes, BYTES)).toBe(0);
    expect(read.name).toBe(name);
  }
});

test("a URL is fetched with or without an announced length, and reports its progress", async () => {
  const reports: Progress[] = [];
  const whole = await readSource(`${origin}/whole`, { ...options, onProgress: (progress) => reports.push(progress) });
  expect(Buffer.compare(whole.bytes, BYTES)).toBe(0);
  expect(reports.at(-1)).toEqual({ stage: "read", done: BYTES.length, total: BYTES.length, unit: "bytes" });
  const chunked = await readSource(new URL(`${origin}/chunked?token=secret`), options);
  expect(Buffer.compare(chunked.bytes, BYTES)).toBe(0);
  expect(chunked.name).toBe(`${origin}/chunked`); // a query may hold a secret
});

test.each([
  ["a missing file", () => join(folder, "none.bin"), "file", /none\.bin: no such file\. Check the path\.$/],
  ["a folder", () => folder, "file", /expected a file, got a folder\.$/],
  [
    "an unknown kind of URL",
    () => new URL("ftp://example.org/x"),
    "usage",
    /^source: expected a file:, http: or https: URL/,
  ],
  ["a URL that is none", () => "https://", "usage", /^source: expected a file:/],
  ["an error status", () => `${origin}/none`, "hub", /\/none: expected the file, got status 404 Not Found\. Check/],
  ["a server that is not there", () => "http://127.0.0.1:9/x", "hub", /could not be reached .* Check the address/],
  [
    "an announced length above the limit",
    () => `${origin}/boast`,
    "file",
    /expected at most 1048576 bytes, got 1099511627776/,
  ],
  ["a body that exceeds the limit", () => `${origin}/endless`, "file", /expected at most 1048576 bytes, got \d+/],
  ["a connection that breaks", () => `${origin}/cut`, "hub", /\/cut: could not be reached/],
])("%s is refused in one line", async (_, source, code, message) => {
  const error = await readSource(source(), options).catch((error) => error);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain("\n");
});

test("a file above the limit is refused before it is read", async () => {
  const small = { ...options, limitBytes: 1000 };
  await expect(readSource(join(folder, "a b.bin"), small)).rejects.toThrow("expected at most 1000 bytes, got 300000");
});

test("an abort rejects with its reason, before and during the work", async () => {
  const reason = new Error("enough");
  await expect(readSource(BYTES, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const reading = readSource(`${origin}/silent`, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort(reason), 50);
  await expect(reading).rejects.toBe(reason);
});
