// Compiling kernels in a page: the engine's own way.

export function compileKernels(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return new WebAssembly.Module(bytes);
}

/** The kernels widened to 256 bits, or why they cannot be had. */
export function compileWide(
  _check?: (wide: WebAssembly.Module, narrow: WebAssembly.Module) => string | null,
  _wanted?: Uint8Array<ArrayBuffer>,
): WebAssembly.Module | string {
  return "no page can widen";
}
