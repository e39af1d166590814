// What the decoders of Node and of pages share: the options, the formats by their first bytes, and the lines of refusal.

import { EffnetError, FileError } from "../errors.ts";

export interface DecodeOptions {
  /** The file as the user knows it; errors begin with it. */
  readonly name: string;
  /** Turns the picture upright by its EXIF orientation. timm does not, and so the default is false. */
  readonly exif?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Encoded formats that are told apart. */
export type Format = "JPEG" | "PNG" | "WebP" | "GIF" | "TIFF" | "AVIF" | "BMP" | "HEIC";

/** First bytes of each format; `at` skips a length that varies. */
const MAGIC: readonly { format: Format; at: number; text: string }[] = [
  { format: "JPEG", at: 0, text: "\xff\xd8\xff" },
  { format: "PNG", at: 0, text: "\x89PNG\r\n\x1a\n" },
  { format: "WebP", at: 8, text: "WEBP" },
  { format: "GIF", at: 0, text: "GIF8" },
  { format: "TIFF", at: 0, text: "II*\0" },
  { format: "TIFF", at: 0, text: "MM\0*" },
  { format: "AVIF", at: 4, text: "ftypavif" },
  { format: "HEIC", at: 4, text: "ftyphei" },
  { format: "HEIC", at: 4, text: "ftypmif1" },
  { format: "BMP", at: 0, text: "BM" },
];

const MAX_PIXELS = 178_956_970; // Pillow refuses more as a decompression bomb (Image.py, 2 · MAX_IMAGE_PIXELS)
const MAX_SIDE = 2 ** 20; // keeps the filter weights of one axis below 16 MB; only PNG and TIFF can store more

/**
 * The format of an encoded picture by its first bytes; the name's ending is not asked.
 * @throws FileError if the file is empty or begins like no picture
 */
export function formatOf(bytes: Uint8Array, name: string): Format {
  if (bytes.length === 0) throw new FileError(name, "the file is empty. Fetch or export it again.");
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  const found = MAGIC.find(({ at, text }) => head.startsWith(text, at));
  if (found === undefined) {
    throw new FileError(name, "not a JPEG, PNG, WebP, GIF, TIFF or AVIF file. Convert it to PNG or JPEG.");
  }
  return found.format;
}

/** A format that is known and not read here. */
export function notRead(name: string, format: Format, where = ""): FileError {
  return new FileError(
    name,
    `${format} files are not read${where}. Convert it to ${format === "HEIC" ? "JPEG" : "PNG"}.`,
  );
}

/** A file that begins well and does not go on so. `cause` is the decoder's own error, told in brackets. */
export function broken(name: string, format: Format, cause: unknown): FileError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ").trim();
  const told = reason === "" ? "" : ` (${reason.slice(0, 120)})`;
  return new FileError(name, `the ${format} data is broken or cut off${told}. Fetch or export it again.`, { cause });
}

/** Refuses sizes before anything is allocated for them. @throws FileError */
export function checkSize(name: string, width: number, height: number): void {
  if (width * height <= MAX_PIXELS && Math.max(width, height) <= MAX_SIDE) return;
  const most = `at most ${MAX_PIXELS} pixels and ${MAX_SIDE} a side`;
  throw new FileError(name, `the picture is too large: expected ${most}, got ${width}×${height}. Scale it down first.`);
}

/** Runs a decoder between two looks at the signal and wraps what it throws as `broken`; our own errors pass. */
export async function guarded<T>(options: DecodeOptions, format: Format, decode: () => Promise<T>): Promise<T> {
  const { name, signal } = options;
  signal?.throwIfAborted();
  try {
    return await decode();
  } catch (cause) {
    throw cause instanceof EffnetError ? cause : broken(name, format, cause);
  } finally {
    signal?.throwIfAborted(); // comes before any error: nobody waits for the picture any more
  }
}
