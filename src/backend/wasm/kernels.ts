// The compiled loops of kernels/: which builds this engine can run, their bytes, and an instance over a memory.

import { wasm as relaxedShared } from "./modules/relaxed.shared.ts";
import { wasm as relaxed } from "./modules/relaxed.ts";
import { wasm as simdShared } from "./modules/simd.shared.ts";
import { wasm as simd } from "./modules/simd.ts";

/**
 * `simd`: 128-bit multiply and add, two roundings; runs everywhere. `relaxed`: 128-bit fused multiply-add, where the
 * engine has relaxed SIMD (Node ≥ 22, current browsers). Results differ by float32 rounding.
 */
export type Mode = "simd" | "relaxed";

export type Kernel = (...operands: number[]) => void;
export type KernelName =
  | "activateMap"
  | "add"
  | "affine"
  | "clearBorder"
  | "convolution"
  | "depthwise"
  | "gate"
  | "linear"
  | "meanPool"
  | "packPanel"
  | "rowSums";

/** One instance's loops; `convolution` computes `tile` pixels × `panel` channels at once. */
export type Kernels = Readonly<Record<KernelName, Kernel>> & {
  readonly tile: () => number;
  readonly panel: () => number;
};

/** Bytes at the start of memory that hold the kernels' constants. */
export const RESERVED_BYTES = 4096;

const builds: Record<Mode, { readonly unshared: string; readonly shared: string }> = {
  simd: { unshared: simd, shared: simdShared },
  relaxed: { unshared: relaxed, shared: relaxedShared },
};

/** True if this JavaScript engine accepts the mode's code. */
export function isSupported(mode: Mode): boolean {
  return WebAssembly.validate(decoded(builds[mode].unshared));
}

/** The mode's build for shared or unshared memory. */
export function kernelBytes(mode: Mode, isShared: boolean): Uint8Array<ArrayBuffer> {
  return decoded(isShared ? builds[mode].shared : builds[mode].unshared);
}

/** Eight hex digits that change with the kernels' code: FNV-1a of two of the builds. */
export function kernelsBuild(): string {
  let hash = 0x811c9dc5;
  for (const text of [simdShared, relaxedShared]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** The bytes behind one of `modules/`. */
export function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
