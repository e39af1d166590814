// onnxruntime-node for tests of files: what another program would make of them.

import type { Tensor } from "#effnet/tensor.js";

export type Onnxruntime = typeof import("onnxruntime-node");

/** Undefined, with the reason printed, where it is not installed. */
export async function onnxruntime(): Promise<Onnxruntime | undefined> {
  try {
    return (await import("onnxruntime-node")).default as unknown as Onnxruntime;
  } catch {
    console.warn("skipped: onnxruntime-node is not installed (npm install onnxruntime-node)");
    return undefined;
  }
}

/** A file run by onnxruntime on one thread; inputs and outputs as they are in the file. */
export class Ran {
  readonly #ort: Onnxruntime;
  readonly #session: Awaited<ReturnType<Onnxruntime["InferenceSession"]["create"]>>;

  static async open(ort: Onnxruntime, bytes: Uint8Array): Promise<Ran> {
    return new Ran(ort, await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 }));
  }

  private constructor(ort: Onnxruntime, session: Awaited<ReturnType<Onnxruntime["InferenceSession"]["create"]>>) {
    this.#ort = ort;
    this.#session = session;
  }

  /** The outputs by name; the one input is float32, or uint8 for bytes. */
  async run(data: Float32Array | Uint8Array, shape: readonly number[]): Promise<Record<string, Tensor>> {
    const tensor =
      data instanceof Uint8Array
        ? new this.#ort.Tensor("uint8", data, shape)
        : new this.#ort.Tensor("float32", data, shape);
    const results = await this.#session.run({ [this.#session.inputNames[0]]: tensor });
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [name, { shape: [...dims], data: data as Float32Array }]),
    );
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

/** `[n, h, w, c]` → `[n, c, h, w]` */
export function toNchw({ shape: [n, h, w, c], data }: Tensor): { shape: number[]; data: Float32Array } {
  const turned = new Float32Array(data.length);
  for (let picture = 0; picture < n; picture++) {
    for (let pixel = 0; pixel < h * w; pixel++) {
      for (let channel = 0; channel < c; channel++) {
        turned[(picture * c + channel) * h * w + pixel] = data[(picture * h * w + pixel) * c + channel];
      }
    }
  }
  return { shape: [n, c, h, w], data: turned };
}
