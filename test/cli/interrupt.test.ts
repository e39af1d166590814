// Ctrl-C and a polite kill in mid-run: the exit code says so, and no half-written file stays.

import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { effnet, pictures, scratch, TINY } from "./effnet.ts";

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const cat = join(pictures, "cat.jpg");
const many = Array.from({ length: 5000 }, () => cat).join("\n"); // minutes of work

/** Sends `signal` once, as soon as stderr says that the work began. */
function whenBegun(signal: NodeJS.Signals, sign: RegExp) {
  let isSent = false;
  return (stderr: string, child: { kill(signal: NodeJS.Signals): boolean }): void => {
    if (isSent || !sign.test(stderr)) return;
    isSent = true;
    setTimeout(() => child.kill(signal), 300);
  };
}

/** Announces ten million bytes and sends a few. */
const server = createServer((_, response) => {
  response.writeHead(200, { "content-length": 10_000_000 });
  response.write(new Uint8Array(1000));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  describe(`${signal} exits with ${CODES[signal]}`, () => {
    for (const [command, out] of [
      ["classify", "answers.json"],
      ["classify", "answers.csv"],
      ["embed", "vectors.safetensors"],
      ["embed", "vectors.jsonl"],
    ]) {
      test(`${command} --out ${out} leaves the older file as it was, and nothing beside it`, async () => {
        const cwd = scratch();
        writeFileSync(join(cwd, out), "older");
        const ended = await effnet([command, "-", ...TINY, "--out", out], {
          cwd,
          stdin: many,
          onStderr: whenBegun(signal, /5,000 pictures/),
        });
        expect(ended).toMatchObject({ status: CODES[signal], stdout: "" });
        expect(ended.stderr).toMatch(/stopped after [\d,]+ of 5,000 pictures/);
        expect(readdirSync(cwd)).toEqual([out]);
      });
    }

    test("what classify --json printed until then can be read", async () => {
      const { status, stdout } = await effnet(["classify", "-", ...TINY, "--json"], {
        stdin: many,
        onStderr: whenBegun(signal, /5,000 pictures/),
      });
      expect(status).toBe(CODES[signal]);
      expect(JSON.parse(stdout).length).toBeLessThan(5000);
    });

    test("convert leaves nothing where its result would be", async () => {
      const cwd = scratch();
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/b0.pth`;
      const ended = await effnet(["convert", address, "b0.safetensors"], {
        cwd,
        onStart: (child) => server.once("request", () => setTimeout(() => child.kill(signal), 200)),
      });
      expect(ended).toMatchObject({ status: CODES[signal], stdout: "" });
      expect(readdirSync(cwd)).toEqual([]);
    });
  });
}
