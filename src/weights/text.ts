// Bytes of a file as text, wherever they lie: decoders in pages refuse shared memory, so the few bytes are copied first.

const loose = new TextDecoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8; what is none becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return loose.decode(new Uint8Array(bytes));
}

/** @throws TypeError for what is not UTF-8 */
export function strictTextOf(bytes: Uint8Array): string {
  return strict.decode(new Uint8Array(bytes));
}
