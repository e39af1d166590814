// The trainer's contract in plain float64: every number lies in a map under timm's names.

import { DisposedError, UsageError } from "../../errors.ts";
import type { TrainingGraph } from "../../graph/training-ops.ts";
import { elements, type StateDict, type Tensor } from "../../tensor.ts";
import { checkGroups, checkInputs, checkParameters } from "../check.ts";
import { type Numbers, storedTensor } from "../parameters.ts";
import { slotsOf } from "../slots.ts";
import type { Slot, Trainer, TrainerOptions, TrainerTensors, Update, Updated } from "../trainer.ts";
import { clipGradients } from "./clip.ts";
import { interpret } from "./interpret.ts";
import { optimize } from "./optimizer.ts";

export class ReferenceTrainer implements Trainer {
  readonly slots: readonly Slot[];
  readonly #graph: TrainingGraph;
  readonly #options: TrainerOptions;
  readonly #turn: () => Promise<void>;
  readonly #tensors: Map<TrainerTensors, Map<string, Numbers>>;
  /** Batches since the last update. */
  #batches = 0;
  #isDisposed = false;

  /** `parameters` fit the graph. `turn` lets the event loop go on, and throws once the weights are disposed. */
  constructor(graph: TrainingGraph, options: TrainerOptions, parameters: StateDict, turn: () => Promise<void>) {
    checkGroups(graph, options.groups);
    this.#graph = graph;
    this.#options = options;
    this.#turn = turn;
    const slots = slotsOf(options.optimizer);
    this.slots = [...slots.keys()];
    this.#tensors = new Map<TrainerTensors, Map<string, Numbers>>([
      ["weights", copied(graph.parameters, parameters)],
      ["gradients", this.#filled(0)],
      ...Array.from(slots, ([slot, value]) => [slot, this.#filled(value)] as const),
    ]);
    if (options.hasAverage) this.#tensors.set("average", copied(graph.parameters, parameters));
  }

  async accumulate(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#expectAlive();
    const { inputs: expected, outputs, gradients, running } = this.#graph;
    checkInputs(expected, inputs);
    const weights = this.#of("weights");
    const given = new Map(weights);
    for (const { name, shape } of expected) given.set(name, { shape, data: Float64Array.from(inputs[name].data) });
    const wanted = new Set([...outputs, ...gradients.values(), ...running.map(({ statistics }) => statistics)]);
    const values = await interpret(this.#graph, given, wanted, this.#turn);

    for (const [parameter, gradient] of gradients) {
      const sum = this.#numbers("gradients", parameter).data;
      const share = (values.get(gradient) as Numbers).data;
      for (let i = 0; i < sum.length; i++) sum[i] += share[i];
    }
    for (const { statistics, mean, variance, momentum, n } of running) {
      const { shape, data } = values.get(statistics) as Numbers;
      const channels = shape[1];
      const [runningMean, runningVariance] = [
        this.#numbers("weights", mean).data,
        this.#numbers("weights", variance).data,
      ];
      for (let c = 0; c < channels; c++) {
        runningMean[c] = (1 - momentum) * runningMean[c] + momentum * data[c];
        runningVariance[c] = (1 - momentum) * runningVariance[c] + (momentum * data[channels + c] * n) / (n - 1);
      }
    }
    this.#batches++;
    return Object.fromEntries(outputs.map((name) => [name, values.get(name) as Numbers]));
  }

  async update({ step, rates, averageDecay }: Update): Promise<Updated> {
    this.#expectAlive();
    const { groups, optimizer, clip } = this.#options;
    if (this.#batches === 0) throw new UsageError("update", "no batch has been accumulated since the last one.");
    if (rates.length !== groups.length) {
      throw new UsageError("rates", `expected ${groups.length}, one a group, got ${rates.length}.`);
    }
    const gradients = this.#of("gradients");
    for (const { data } of gradients.values()) for (let i = 0; i < data.length; i++) data[i] /= this.#batches;
    const gradientNorm = clipGradients(clip, gradients, this.#of("weights"));
    groups.forEach(({ parameters, weightDecay }, group) => {
      for (const name of parameters) {
        const [p, g] = [this.#numbers("weights", name).data, this.#numbers("gradients", name).data];
        const slot = (kind: Slot): Float64Array => this.#tensors.get(kind)?.get(name)?.data ?? new Float64Array();
        const slots = {
          momentum: slot("momentum"),
          firstMoment: slot("firstMoment"),
          secondMoment: slot("secondMoment"),
        };
        optimize(optimizer, { p, g, slots }, { rate: rates[group], weightDecay, step });
      }
    });
    for (const { data } of gradients.values()) data.fill(0);
    this.#batches = 0;
    if (this.#options.hasAverage) this.#average(averageDecay);
    return { gradientNorm };
  }

  async read(tensors: TrainerTensors): Promise<StateDict> {
    this.#expectAlive();
    return new Map(Array.from(this.#of(tensors), ([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  }

  async write(tensors: Exclude<TrainerTensors, "gradients">, stateDict: StateDict): Promise<void> {
    this.#expectAlive();
    const names = this.#of(tensors);
    const parameters = this.#graph.parameters.filter(({ name }) => names.has(name));
    checkParameters({ parameters }, stateDict);
    this.#tensors.set(tensors, copied(parameters, stateDict));
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#tensors.clear();
  }

  /** average ← average + (1 − decay)·(weight − average) */
  #average(decay: number): void {
    for (const [name, { data }] of this.#of("average")) {
      const weight = this.#numbers("weights", name).data;
      for (let i = 0; i < data.length; i++) {
        data[i] = decay === 0 ? weight[i] : data[i] + (1 - decay) * (weight[i] - data[i]);
      }
    }
  }

  /** A value for every element of every parameter that learns. */
  #filled(value: number): Map<string, Numbers> {
    const learning = this.#graph.parameters.filter(({ name }) => this.#graph.gradients.has(name));
    return new Map(
      learning.map(({ name, shape }) => [name, { shape, data: new Float64Array(elements(shape)).fill(value) }]),
    );
  }

  #of(tensors: TrainerTensors): Map<string, Numbers> {
    const found = this.#tensors.get(tensors);
    if (found === undefined) throw new UsageError("tensors", `this trainer keeps no ${tensors}.`);
    return found;
  }

  #numbers(tensors: TrainerTensors, name: string): Numbers {
    return this.#of(tensors).get(name) as Numbers;
  }

  #expectAlive(): void {
    if (this.#isDisposed) throw new DisposedError("the trainer");
  }
}

function copied(parameters: TrainingGraph["parameters"], stateDict: StateDict): Map<string, Numbers> {
  return new Map(
    parameters.map(({ name, shape }) => [name, { shape, data: Float64Array.from(storedTensor(name, stateDict).data) }]),
  );
}
