// An ONNX model as plain data, and its fields in the order of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

import { bytes, type Encoded, float, message, text, whole, wholes } from "./protobuf.ts";

/** Runs in every onnxruntime since 1.12. */
const IR_VERSION = 8;
const OPSET = 17;

/** A whole number, several, a text, or a float32. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface Node {
  /** Of ONNX's operators, e.g. `Conv`. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export type ElementType = "float32" | "float16" | "uint8" | "int64";

/** An input or output; a text is a size that is known only when the model runs. */
export interface Declared {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** Numbers in the file, little-endian. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** What the file says of itself. */
export interface Title {
  readonly producer: string;
  readonly version: string;
  /** The graph's. */
  readonly name: string;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface OnnxModel {
  readonly title: Title;
  readonly nodes: readonly Node[];
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  readonly initializers: readonly Initializer[];
}

/** TensorProto.DataType */
const TYPES: Readonly<Record<ElementType, number>> = { float32: 1, uint8: 2, int64: 7, float16: 10 };

/** The fields of a ModelProto. */
export function encoded({ title, nodes, inputs, outputs, initializers }: OnnxModel): Encoded {
  return [
    whole(1, IR_VERSION),
    text(2, title.producer),
    text(3, title.version),
    message(
      7,
      ...nodes.map((node) => message(1, ...nodeFields(node))),
      text(2, title.name),
      ...initializers.map((tensor) => message(5, ...tensorFields(tensor))),
      ...inputs.map((value) => message(11, ...valueFields(value))),
      ...outputs.map((value) => message(12, ...valueFields(value))),
    ),
    message(8, text(1, ""), whole(2, OPSET)),
    ...Array.from(title.metadata, ([key, value]) => message(14, text(1, key), text(2, value))),
  ].flat();
}

function nodeFields({ op, inputs, output, attributes }: Node): Encoded[] {
  return [
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, output), // the node is called as what it makes
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, text(1, name), ...attributeFields(value))),
  ];
}

/** AttributeProto's value and its type: FLOAT 1, INT 2, STRING 3, INTS 7. */
function attributeFields(value: Attribute): Encoded[] {
  if (typeof value === "number") return [whole(3, value), whole(20, 2)];
  if (typeof value === "string") return [text(4, value), whole(20, 3)];
  if ("float" in value) return [float(2, value.float), whole(20, 1)];
  return [wholes(8, value), whole(20, 7)];
}

function tensorFields({ name, type, dims, data }: Initializer): Encoded[] {
  return [wholes(1, dims), whole(2, TYPES[type]), text(8, name), bytes(9, data)];
}

function valueFields({ name, type, dims }: Declared): Encoded[] {
  const sizes = dims.map((size) => message(1, typeof size === "number" ? whole(1, size) : text(2, size)));
  return [text(1, name), message(2, message(1, whole(1, TYPES[type]), message(2, ...sizes)))];
}
