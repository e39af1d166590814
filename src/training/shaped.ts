// Some results of a model for batches of any shape: compiled for each shape once.

import type { Executable } from "../backend/backend.ts";
import { buildGraph, type Outputs } from "../graph/build.ts";
import { optimize } from "../graph/passes.ts";
import type { Model } from "../model/model.ts";
import type { Tensor } from "../tensor.ts";

export class Shaped {
  readonly #model: Model;
  readonly #outputs: Outputs;
  readonly #executables = new Map<string, Executable>();

  /** @param outputs as `buildGraph` takes them */
  constructor(model: Model, outputs: Outputs) {
    this.#model = model;
    this.#outputs = outputs;
  }

  /** @param input `[n, h, w, c]` */
  async run(input: Tensor): Promise<Record<string, Tensor>> {
    const key = input.shape.join();
    const executable = this.#executables.get(key) ?? (await this.#compiled(input.shape));
    this.#executables.set(key, executable);
    return executable.run({ input });
  }

  async dispose(): Promise<void> {
    for (const executable of this.#executables.values()) await executable.dispose();
    this.#executables.clear();
  }

  #compiled([batch, height, width]: readonly number[]): Promise<Executable> {
    const graph = buildGraph(this.#model.architecture, { batch, height, width, outputs: this.#outputs });
    return this.#model.compile(optimize(graph));
  }
}
