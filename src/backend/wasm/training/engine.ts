// One thread's half of a trainer: an instance of the training kernels over the trainer's memory, and its share of every step
// and update. The first thread, the lead, also fills the memory and reads it. Knows nothing of messages.

import type { TrainingGraph } from "../../../graph/training-ops.ts";
import { elements, type StateDict } from "../../../tensor.ts";
import { storedTensor } from "../../parameters.ts";
import { slotsOf } from "../../slots.ts";
import type { TrainerOptions, TrainerTensors, Update, Updated } from "../../trainer.ts";
import { waitForAll } from "../barrier.ts";
import type { Batch, EngineParts } from "../engine.ts";
import { rowBytes } from "../layout.ts";
import { type CompiledStep, compileStep, type LossPort, type StepPort } from "./compile.ts";
import { pack, unpack } from "./forms.ts";
import { instantiateTraining, type TrainingKernels } from "./kernels.ts";
import type { ParameterPlace } from "./parameters.ts";
import { bind } from "./program.ts";
import { updateOf } from "./update.ts";

const PAGE_BYTES = 65536;

export class TrainingEngine {
  readonly #parts: EngineParts;
  readonly #kernels: TrainingKernels;
  readonly #options: TrainerOptions;
  readonly #step: CompiledStep;
  readonly #phases: readonly (() => void)[];
  readonly #transposes: readonly (() => void)[];
  #floats: Float32Array;

  constructor(parts: EngineParts, graph: TrainingGraph, options: TrainerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#kernels = instantiateTraining(parts.module, parts.memory);
    const { threads, thread } = parts;
    this.#step = compileStep(graph, options, { tile: this.#kernels.tile(), panel: this.#kernels.panel(), threads });
    const { bounds, phases, transposes, scratch, scratchBytes } = this.#step;
    const share = { bounds, thread, threads, scratch: scratch + thread * scratchBytes };
    this.#phases = bind(phases, this.#kernels, share);
    this.#transposes = bind([{ whole: [], shared: transposes, loops: [] }], this.#kernels, share);
    this.#floats = new Float32Array(parts.memory.buffer);
  }

  /** Bytes of memory that the trainer needs. */
  get bytes(): number {
    return this.#step.bytes;
  }

  /**
   * Lead, first of all: grows the memory and fills it.
   * @throws RangeError if there is not as much memory
   */
  fill(parameters: StateDict): void {
    const { memory } = this.#parts;
    const missing = Math.ceil((this.#step.bytes - memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) memory.grow(missing);
    for (const { address, data } of this.#step.constants) {
      new Uint8Array(memory.buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
    }
    this.write("weights", parameters);
    if (this.#options.hasAverage) this.write("average", parameters);
    const { slots, learningBytes } = this.#step.parameters.regions;
    for (const [slot, value] of slotsOf(this.#options.optimizer)) {
      const from = (slots.get(slot) as number) / 4;
      this.#memory().fill(value, from, from + learningBytes / 4);
    }
  }

  /** One batch: every thread calls this with the same arguments. `isStale`: weights have changed since the last one. */
  accumulate(inputs: Batch, outputs: Batch, isStale: boolean): void {
    const { thread, threads } = this.#parts;
    for (const port of this.#step.inputs) this.#writeInput(port, inputs[port.name], thread, threads);
    if (isStale) for (const run of this.#transposes) run();
    this.#wait();
    for (const run of this.#phases) {
      run();
      this.#wait();
    }
    if (thread !== 0) return;
    for (const port of this.#step.outputs) {
      if ("scale" in port) outputs[port.name][0] = this.#lossOf(port);
      else this.#readOutput(port, outputs[port.name]);
    }
  }

  /** Room for the outputs, for a lead that shares no memory with the caller. */
  freshOutputs(): Batch {
    return Object.fromEntries(
      this.#step.outputs.map((port) => [port.name, new Float32Array("scale" in port ? 1 : elements(port.shape))]),
    );
  }

  /** Every thread calls this with the same arguments. @param batches whose gradients were added up */
  update(update: Update, batches: number): Updated {
    const { parameters, norms } = this.#step;
    const { thread, threads } = this.#parts;
    const wait = (): void => this.#wait();
    return updateOf({
      kernels: this.#kernels,
      options: this.#options,
      parameters,
      sums: new Float64Array(this.#memory().buffer, norms),
      thread,
      threads,
      wait,
      update,
      batches,
    });
  }

  /** Lead: copies in the state dict's order. */
  read(tensors: TrainerTensors): StateDict {
    const memory = this.#memory();
    return new Map(
      this.#placesOf(tensors).map(([{ name, shape, form }, address]) => {
        const packed = memory.subarray(address / 4, address / 4 + form.floats);
        return [name, { shape, data: unpack(form, packed, elements(shape)) }];
      }),
    );
  }

  /** Lead: the opposite. */
  write(tensors: Exclude<TrainerTensors, "gradients">, stateDict: StateDict): void {
    const memory = this.#memory();
    for (const [{ name, form }, address] of this.#placesOf(tensors)) {
      pack(form, storedTensor(name, stateDict).data, memory.subarray(address / 4, address / 4 + form.floats));
    }
  }

  #placesOf(tensors: TrainerTensors): [place: ParameterPlace, address: number][] {
    const { places, regions } = this.#step.parameters;
    const isAll = tensors === "weights" || tensors === "average";
    const named = { weights: regions.weights, average: regions.average, gradients: regions.gradients };
    const start = tensors in named ? named[tensors as keyof typeof named] : regions.slots.get(tensors as "momentum");
    if (start === null || start === undefined) return [];
    return places.filter(({ gradient }) => isAll || gradient !== null).map((place) => [place, start + place.offset]);
  }

  #wait(): void {
    const { cells, threads, spins } = this.#parts;
    waitForAll(cells, threads, spins);
  }

  #lossOf({ address, scale }: LossPort): number {
    const losses = new Float64Array(this.#memory().buffer, address, this.#step.pictures);
    let sum = 0;
    for (const loss of losses) sum += loss;
    return sum * scale;
  }

  /** A thread's share of the pictures. */
  #writeInput({ layout, address, pictureBytes, shape }: StepPort, data: Float32Array, thread: number, threads: number) {
    const memory = this.#memory();
    const { height, width, channels, pitch } = layout;
    const to = Math.floor((shape[0] * (thread + 1)) / threads);
    for (let n = Math.floor((shape[0] * thread) / threads); n < to; n++) {
      for (let h = 0; h < height; h++) {
        const row = (address + n * pictureBytes + h * rowBytes(layout)) / 4;
        const from = (n * height + h) * width * channels;
        if (pitch === channels) {
          memory.set(data.subarray(from, from + width * channels), row);
          continue;
        }
        memory.fill(0, row, row + width * pitch);
        for (let w = 0; w < width; w++) {
          for (let c = 0; c < channels; c++) memory[row + w * pitch + c] = data[from + w * channels + c];
        }
      }
    }
  }

  #readOutput({ layout, address, pictureBytes, shape }: StepPort, data: Float32Array): void {
    const memory = this.#memory();
    const { height, width, channels, pitch } = layout;
    let to = 0;
    for (let n = 0; n < shape[0]; n++) {
      for (let h = 0; h < height; h++) {
        const row = (address + n * pictureBytes + h * rowBytes(layout)) / 4;
        for (let w = 0; w < width; w++) {
          for (let c = 0; c < channels; c++) data[to++] = memory[row + w * pitch + c];
        }
      }
    }
  }

  /** The memory as floats. Growing it replaces its buffer, which a thread that did not grow it may see late. */
  #memory(): Float32Array {
    const { memory } = this.#parts;
    if (memory.buffer.byteLength < this.#step.bytes) memory.grow(0);
    if (this.#floats.buffer !== this.#parts.memory.buffer) this.#floats = new Float32Array(this.#parts.memory.buffer);
    return this.#floats;
  }
}
