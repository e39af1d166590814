// Runs a reader on a file that must be refused and measures what the refusal cost.

import { expect } from "vitest";
import { FileError } from "#effnet/errors.js";

const REFUSAL_MS = 1000;
const REFUSAL_BYTES = 16 * 2 ** 20;

/**
 * The error of `read`: a FileError that names the file in one line, after less than a second, with heap and array buffers
 * grown by less than 16 MB.
 */
export function refusal(file: string, read: () => unknown): FileError {
  const before = memoryBytes();
  const start = performance.now();
  let thrown: unknown;
  try {
    read();
  } catch (error) {
    thrown = error;
  }
  const tookMs = performance.now() - start;
  const grown = memoryBytes() - before;
  expect(thrown).toBeInstanceOf(FileError);
  const error = thrown as FileError;
  expect(error.file).toBe(file);
  expect(error.message.startsWith(`${file}: `)).toBe(true);
  expect(error.message).not.toContain("\n");
  expect(error.message.length).toBeLessThan(500);
  expect(tookMs).toBeLessThan(REFUSAL_MS);
  expect(grown).toBeLessThan(REFUSAL_BYTES);
  return error;
}

function memoryBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
