// TensorBoard's event files, as bytes: records of protocol buffers, each with its length and two checksums.
// Field numbers are those of tensorboard/compat/proto/event.proto and summary.proto.

import { crc32c } from "./crc32c.ts";

const WALL_TIME = 1; // of Event: double
const STEP = 2; // int64
const FILE_VERSION = 3; // string
const SUMMARY = 5; // message
const VALUE = 1; // of Summary: message, repeated
const TAG = 1; // of Value: string
const SIMPLE_VALUE = 2; // float
const MASK = 0xa282ead8; // added to rotated checksums (tensorflow/core/lib/hash/crc32c.h)

/** What TensorBoard looks for in a folder. */
export function eventsName(startSeconds: number, host: string): string {
  return `events.out.tfevents.${Math.floor(startSeconds)}.${host}`;
}

/** The first record of every file. @param wallTime in seconds since 1970 */
export function versionRecord(wallTime: number): Uint8Array<ArrayBuffer> {
  return record([...double(WALL_TIME, wallTime), ...text(FILE_VERSION, "brain.Event:2")]);
}

/** One event with a value for each tag. @param wallTime in seconds since 1970 @param step a whole number ≥ 0 */
export function scalarsRecord(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const values = Object.entries(scalars).flatMap(([tag, value]) =>
    message(VALUE, [...text(TAG, tag), ...float(SIMPLE_VALUE, value)]),
  );
  return record([...double(WALL_TIME, wallTime), ...whole(STEP, step), ...message(SUMMARY, values)]);
}

/** Length, masked checksum of the length, data, masked checksum of the data; all little-endian. */
function record(data: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(data.length + 12, masked(bytes.subarray(12, data.length + 12)), true);
  return bytes;
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0;
}

// Fields: the key is field · 8 + wire type, 0 varint, 1 of 64 bits, 2 with its length, 5 of 32 bits.

function whole(field: number, value: number): number[] {
  return [field * 8, ...varint(value)];
}

function double(field: number, value: number): number[] {
  return [field * 8 + 1, ...new Uint8Array(littleEndian(8, (view) => view.setFloat64(0, value, true)))];
}

function float(field: number, value: number): number[] {
  return [field * 8 + 5, ...new Uint8Array(littleEndian(4, (view) => view.setFloat32(0, value, true)))];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}

function message(field: number, content: readonly number[]): number[] {
  return [field * 8 + 2, ...varint(content.length), ...content];
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function littleEndian(bytes: number, write: (view: DataView) => void): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes);
  write(new DataView(buffer));
  return buffer;
}
