import { expect, test } from "vitest";
import { crc32c } from "#effnet/run/crc32c.js";
import { eventsName, scalarsRecord, versionRecord } from "#effnet/run/events.js";

// Computed by hand from the rules of the format, not by this code.
const VERSION = "1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d";
const LOSS = "200000000000000029eda9500900004040fc54d94110032a130a110a0a747261696e2f6c6f7373150000003fe37fdae5";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("the first record of an event file has the bytes of the worked example", () => {
  expect(hex(versionRecord(1_700_000_000))).toBe(VERSION);
});

test("a scalar has the bytes of the worked example", () => {
  expect(hex(scalarsRecord(1_700_000_001, 3, { "train/loss": 0.5 }))).toBe(LOSS);
});

test("steps above 127 and 2^31 take more bytes, lowest bits first", () => {
  const stepOf = (step: number): string => hex(scalarsRecord(0, step, {}).subarray(12 + 9, -4));
  expect(stepOf(127)).toBe("107f2a00");
  expect(stepOf(300)).toBe("10ac022a00");
  expect(stepOf(2 ** 40)).toBe("108080808080202a00");
});

test("several values share one event", () => {
  const bytes = hex(scalarsRecord(0, 1, { a: 1, b: -2 }));
  expect(bytes).toContain("0a080a0161150000803f0a080a016215000000c0");
});

test("the checksum of nine digits is the published one", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
});

test("the file's name holds what TensorBoard looks for", () => {
  expect(eventsName(1_700_000_000.9, "host")).toBe("events.out.tfevents.1700000000.host");
});
