// The example server as its reader starts it: beside the packed package, in a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createModel, type Model, storedFrom, writeSafetensors } from "#effnet/index.js";
import { packed, root } from "../package/packed.ts";

const MODEL = "efficientnet_lite0";
const CAT = join(root, "examples/pictures/cat.jpg");

const folder = mkdtempSync(join(tmpdir(), "effnet-server-"));
let server: ChildProcess;
let url: string;
let model: Model;

beforeAll(async () => {
  model = await createModel(MODEL, { seed: 3, threads: 1 });
  writeFileSync(join(folder, "weights.safetensors"), writeSafetensors(storedFrom(await model.stateDict())));
  symlinkSync(join(packed(), "node_modules"), join(folder, "node_modules"), "junction");
  cpSync(join(root, "examples/server.mjs"), join(folder, "server.mjs"));
  server = spawn(process.execPath, ["server.mjs", MODEL, "weights.safetensors", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: server.stdout as NonNullable<ChildProcess["stdout"]> });
  [url] = await Promise.race([
    once(lines, "line"),
    once(server, "exit").then(([code]) => Promise.reject(new Error(`the server exited with ${code}`))),
  ]);
});

afterAll(async () => {
  server?.kill();
  await model?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("a posted photo is answered with the classes that the library finds", async () => {
  const response = await fetch(url, { method: "POST", body: readFileSync(CAT) });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual(await model.classify(CAT, { topK: 5 }));
});

test("photos posted at once are all answered, each with its own classes", async () => {
  const names = ["cat.jpg", "espresso.jpg", "rocket.jpg"].map((name) => join(root, "examples/pictures", name));
  const post = async (path: string): Promise<unknown> =>
    (await fetch(url, { method: "POST", body: readFileSync(path) })).json();
  const answers = await Promise.all([...names, ...names].map(post));
  expect(answers).toEqual(await model.classify([...names, ...names], { topK: 5 }));
});

test.each([
  ["what is no picture", { method: "POST", body: "not a picture" }, 400, /not a JPEG, PNG/],
  ["an empty body", { method: "POST" }, 400, /empty/],
  ["a GET", { method: "GET" }, 405, /POST the bytes of one picture/],
  ["17 MB", { method: "POST", body: new Uint8Array(17 * 2 ** 20) }, 413, /at most 16777216 bytes/],
])("%s is refused in words", async (_, request, status, words) => {
  const response = await fetch(url, request);
  expect(response.status).toBe(status);
  expect(((await response.json()) as { error: string }).error).toMatch(words);
});

test("a client that leaves in the middle of its picture does not end the server", async () => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nhalf a picture");
  socket.destroy();
  await once(socket, "close");
  const response = await fetch(url, { method: "POST", body: readFileSync(CAT) });
  expect(response.status).toBe(200);
});

test("the server is at most 30 lines long", () => {
  const lines = readFileSync(join(root, "examples/server.mjs"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(30);
});
