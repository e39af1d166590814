// Where a trainer's parameters lie: weights first by the groups that learn, then the others; gradients, slots and average at
// the same distance from their starts, so that one call updates a whole group.

import { assert } from "../../../errors.ts";
import { slotsOf } from "../../slots.ts";
import type { Slot, TrainerOptions } from "../../trainer.ts";
import { type Layout, roundUp } from "../layout.ts";
import { type Form, panelsForm, tapsForm, vectorForm } from "./forms.ts";
import type { Ground } from "./memory.ts";
import type { StepGraph } from "./ops.ts";

export interface ParameterPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly form: Form;
  readonly bytes: number;
  /** From the start of each region. */
  readonly offset: number;
  /** Addresses; null for a parameter that does not learn. */
  readonly weights: number;
  readonly gradient: number | null;
}

/** Starts of the regions; `weights` and `average` hold all parameters, the others those that learn. */
export interface Regions {
  readonly weights: number;
  readonly gradients: number;
  readonly average: number | null;
  readonly slots: ReadonlyMap<Slot, number>;
  /** Bytes of those that learn, and of all. */
  readonly learningBytes: number;
  readonly bytes: number;
}

/** A group's part of each region. */
export interface GroupRange {
  readonly from: number;
  readonly to: number;
  readonly weightDecay: number;
}

const ALIGNMENT = 64;

export class Parameters {
  readonly places: readonly ParameterPlace[];
  readonly regions: Regions;
  readonly groups: readonly GroupRange[];
  readonly #byName: ReadonlyMap<string, ParameterPlace>;
  readonly #byGradient: ReadonlyMap<string, ParameterPlace>;

  constructor(
    graph: StepGraph,
    options: TrainerOptions,
    layouts: ReadonlyMap<string, Layout>,
    panel: number,
    ground: Ground,
  ) {
    const forms = formsOf(graph, layouts, panel);
    const learns = (name: string): boolean => graph.gradients.has(name);
    const grouped = options.groups.map(({ parameters }) => parameters.filter(learns));
    const inGroups = new Set(grouped.flat());
    const loose = graph.parameters.map(({ name }) => name).filter((name) => learns(name) && !inGroups.has(name));
    const rest = graph.parameters.map(({ name }) => name).filter((name) => !learns(name));
    const offsets = new Map<string, number>();
    let end = 0;
    const lay = (names: readonly string[]): { from: number; to: number } => {
      const from = end;
      for (const name of names) {
        offsets.set(name, end);
        end += roundUp((forms.get(name) as Form).floats * 4, ALIGNMENT);
      }
      return { from, to: end };
    };
    this.groups = grouped.map((names, i) => ({ ...lay(names), weightDecay: options.groups[i].weightDecay }));
    lay(loose);
    const learningBytes = end;
    lay(rest);
    this.regions = {
      weights: ground.take(end),
      gradients: ground.take(learningBytes),
      slots: new Map([...slotsOf(options.optimizer).keys()].map((slot) => [slot, ground.take(learningBytes)])),
      average: options.hasAverage ? ground.take(end) : null,
      learningBytes,
      bytes: end,
    };
    this.places = graph.parameters.map(({ name, shape }) => {
      const form = forms.get(name) as Form;
      const offset = offsets.get(name) as number;
      const gradient = learns(name) ? this.regions.gradients + offset : null;
      return { name, shape, form, bytes: form.floats * 4, offset, weights: this.regions.weights + offset, gradient };
    });
    this.#byName = new Map(this.places.map((place) => [place.name, place]));
    this.#byGradient = new Map(Array.from(graph.gradients, ([name, value]) => [value, this.place(name)]));
  }

  place(name: string): ParameterPlace {
    const place = this.#byName.get(name);
    assert(place !== undefined, `the training graph has no parameter ${name}`);
    return place;
  }

  /** The parameter whose gradient the value is. */
  byGradient(value: string): ParameterPlace | null {
    return this.#byGradient.get(value) ?? null;
  }
}

/** The order that the op that reads it wants; a parameter that no op reads, as running statistics, is a vector. */
function formsOf(graph: StepGraph, layouts: ReadonlyMap<string, Layout>, panel: number): Map<string, Form> {
  const shapes = new Map(graph.parameters.map(({ name, shape }) => [name, shape]));
  const shapeOf = (name: string): readonly number[] => shapes.get(name) as readonly number[];
  const forms = new Map<string, Form>();
  for (const op of graph.ops) {
    if (op.op === "convolution") {
      const { pitch } = layouts.get(op.x) as Layout;
      forms.set(op.weight, panelsForm(shapeOf(op.weight), pitch, panel));
    } else if (op.op === "depthwise") {
      forms.set(op.weight, tapsForm(shapeOf(op.weight)));
    } else if (op.op === "linear") {
      const [outputs, inputs] = shapeOf(op.weight);
      forms.set(op.weight, panelsForm([outputs, inputs], inputs, panel));
    }
  }
  for (const { name, shape } of graph.parameters) {
    if (!forms.has(name)) forms.set(name, vectorForm(shape[0] ?? 1));
  }
  return forms;
}
