// A graph as the nodes of an ONNX model: which tensor holds which value, in which form, and which parameters it reads. No
// numbers yet: they are written one parameter at a time (write.ts).

import { assert } from "../../errors.ts";
import type { Convolution, Graph, Parameter, ParameterSource, Value } from "../../graph/ops.ts";
import type { Attribute, Declared, Initializer, Node } from "./model.ts";
import { addNodes, type Nodes } from "./nodes.ts";

export interface LowerOptions {
  /** Channels of every value, as `alignedWidths` gives them. */
  readonly widths: ReadonlyMap<string, number>;
  /** Of inputs and outputs that are maps. */
  readonly layout: "nchw" | "nhwc";
  /** The batch: as in the graph, or any. */
  readonly batch: "fixed" | "any";
  /** Height and width: as in the graph, or any, strided windows then being padded by this rule. */
  readonly size: "fixed" | "same" | "symmetric";
}

/** A parameter as a tensor of the model: zeros beyond the parameter's own shape. */
export interface PaddedParameter {
  readonly name: string;
  readonly source: ParameterSource;
  readonly dims: readonly number[];
}

export interface Lowered {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Declared[];
  /** In the order of the graph's outputs, and called as they are; one that is an input, too, is called `name/output`. */
  readonly outputs: readonly Declared[];
  readonly parameters: readonly PaddedParameter[];
  readonly constants: readonly Initializer[];
}

export function lower(graph: Graph, options: LowerOptions): Lowered {
  const lowering = new Lowering(graph, options);
  const inputs = graph.inputs.map((value) => lowering.input(value));
  for (const op of graph.ops) addNodes(op, lowering);
  const outputs = graph.outputs.map((name) => lowering.output(name));
  const { nodes, parameters, constants } = lowering;
  return { nodes, inputs, outputs, parameters: [...parameters.values()], constants: [...constants.values()] };
}

/** [n, c, h, w] (vectors [n, c, 1, 1]), or vectors as [n, c]. */
type Form = "map" | "flat";

/** A node on the way from a value to an output. */
interface Step {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

/** Names made here have a slash, which no name of the graph has. */
class Lowering implements Nodes {
  readonly nodes: Node[] = [];
  readonly parameters = new Map<string, PaddedParameter>();
  readonly constants = new Map<string, Initializer>();
  readonly #graph: Graph;
  readonly #options: LowerOptions;
  readonly #values: ReadonlyMap<string, Value>;
  readonly #stored: ReadonlyMap<string, Parameter>;
  /** The tensor that holds a value in a form; the form that it was made in comes first. */
  readonly #tensors = new Map<string, Map<Form, string>>();

  constructor(graph: Graph, options: LowerOptions) {
    this.#graph = graph;
    this.#options = options;
    this.#values = new Map([...graph.inputs, ...graph.values.values()].map((value) => [value.name, value]));
    this.#stored = new Map(graph.parameters.map((parameter) => [parameter.name, parameter]));
  }

  input({ name, shape }: Value): Declared {
    const isTurned = shape.length === 4 && this.#options.layout === "nhwc";
    if (isTurned) this.add("Transpose", [name], `${name}/nchw`, { perm: TO_NCHW });
    this.#tensors.set(name, new Map([[shape.length === 4 ? "map" : "flat", isTurned ? `${name}/nchw` : name]]));
    return { name, type: "float32", dims: this.#dims(name, ["height", "width"]) };
  }

  output(value: string): Declared {
    const isInput = this.#graph.inputs.some(({ name }) => name === value);
    const name = isInput ? `${value}/output` : value;
    const [[form, made]] = this.#forms(value);
    const steps = this.#wayOut(value, form);
    let x = made;
    for (const [i, { op, inputs, attributes }] of steps.entries()) {
      const y = i === steps.length - 1 ? name : `${value}/out${i}`;
      this.add(op, [x, ...inputs], y, attributes);
      x = y;
    }
    if (x !== name) this.add("Identity", [x], name);
    return { name, type: "float32", dims: this.#dims(value, [`${name}/height`, `${name}/width`]) };
  }

  map(value: string): string {
    return this.#as("map", value, (x, y) => this.add("Unsqueeze", [x, this.#integers(2, 3)], y));
  }

  flat(value: string): string {
    return this.#as("flat", value, (x, y) => this.add("Flatten", [x], y, { axis: 1 }));
  }

  result(value: string, form: Form): string {
    const isOutput = this.#graph.outputs.includes(value);
    const name = isOutput && this.#wayOut(value, form).length > 0 ? `${value}/inner` : value;
    this.#tensors.set(value, new Map([[form, name]]));
    return name;
  }

  width(value: string): number {
    return this.#options.widths.get(value) as number;
  }

  parameter(name: string, dims: readonly number[]): string {
    const tensor = `${name}/${dims.join("x")}`;
    const isFirst = this.parameters.get(name)?.dims.join("x") ?? dims.join("x");
    const { source } = this.#stored.get(name) as Parameter;
    if (isFirst === dims.join("x")) {
      this.parameters.set(name, { name, source, dims });
      return name;
    }
    this.parameters.set(tensor, { name: tensor, source, dims }); // read by two ops over channels of two widths
    return tensor;
  }

  axes(parameter: string): number {
    return (this.#stored.get(parameter) as Parameter).shape.length;
  }

  scalar(value: number): string {
    return this.#constant(`constant/${value}`, "float32", [], Float32Array.of(value));
  }

  padding({ stride, pads }: Pick<Convolution, "stride" | "pads">): Readonly<Record<string, Attribute>> {
    // With stride 1 both rules pad the same for every size.
    if (this.#options.size === "same" && stride > 1) return { auto_pad: "SAME_UPPER" };
    return { pads: [pads.top, pads.left, pads.bottom, pads.right] };
  }

  add(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.nodes.push({ op, inputs, output, attributes });
  }

  /** From the form that a value was made in to that of an output: flat vectors, the true channels, the asked layout. */
  #wayOut(value: string, form: Form): Step[] {
    const { shape } = this.#value(value);
    const channels = shape[shape.length - 1];
    const steps: Step[] = [];
    if (shape.length === 2 && form === "map") steps.push({ op: "Flatten", inputs: [], attributes: { axis: 1 } });
    if (this.width(value) > channels) {
      const [starts, ends, axes] = [this.#integers(0), this.#integers(channels), this.#integers(1)];
      steps.push({ op: "Slice", inputs: [starts, ends, axes], attributes: {} });
    }
    if (shape.length === 4 && this.#options.layout === "nhwc") {
      steps.push({ op: "Transpose", inputs: [], attributes: { perm: TO_NHWC } });
    }
    return steps;
  }

  #as(form: Form, value: string, turn: (x: string, y: string) => void): string {
    const forms = this.#forms(value);
    const there = forms.get(form);
    if (there !== undefined) return there;
    const [[, made]] = forms;
    turn(made, `${value}/${form}`);
    forms.set(form, `${value}/${form}`);
    return `${value}/${form}`;
  }

  #forms(value: string): Map<Form, string> {
    const forms = this.#tensors.get(value);
    assert(forms !== undefined, `${value} is read before it is made`);
    return forms;
  }

  #value(name: string): Value {
    return this.#values.get(name) as Value;
  }

  #integers(...values: readonly number[]): string {
    return this.#constant(`integers/${values.join()}`, "int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  #constant(
    name: string,
    type: "float32" | "int64",
    dims: readonly number[],
    values: Float32Array | BigInt64Array,
  ): string {
    this.constants.set(name, { name, type, dims, data: new Uint8Array(values.buffer as ArrayBuffer) });
    return name;
  }

  /** What an input or output declares: its true channels, and names for the sizes that may be any. */
  #dims(value: string, sides: readonly [height: string, width: string]): (number | string)[] {
    const { shape } = this.#value(value);
    const batch = this.#options.batch === "any" ? "batch" : shape[0];
    if (shape.length === 2) return [batch, shape[1]];
    const [height, width] = this.#options.size === "fixed" ? shape.slice(1, 3) : sides;
    return this.#options.layout === "nhwc" ? [batch, height, width, shape[3]] : [batch, shape[3], height, width];
  }
}
