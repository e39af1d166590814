// A small reader of ONNX files for tests: protocol buffers' wire format, and the fields that onnx.proto numbers.

export interface ReadModel {
  readonly irVersion: number;
  readonly producer: string;
  readonly version: string;
  readonly opset: number;
  readonly graph: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly nodes: readonly ReadNode[];
  readonly initializers: ReadonlyMap<string, ReadTensor>;
  readonly inputs: readonly ReadValue[];
  readonly outputs: readonly ReadValue[];
}

export interface ReadNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>;
}

export interface ReadTensor {
  /** 1 float32, 2 uint8, 7 int64, 10 float16. */
  readonly type: number;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

export interface ReadValue {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly (number | string)[];
}

/** A field's values in order of appearance: numbers of varints and floats, bytes of all else. */
type Message = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

export function readOnnx({ buffer, byteOffset, byteLength }: Uint8Array): ReadModel {
  const model = messageOf(new Uint8Array(buffer, byteOffset, byteLength)); // no Buffer, whose slice() does not copy
  const graph = messageOf(one(model, 7));
  const [opset] = all(model, 8).map(messageOf);
  return {
    irVersion: number(model, 1),
    producer: text(one(model, 2)),
    version: text(one(model, 3)),
    opset: number(opset, 2),
    graph: text(one(graph, 2)),
    metadata: new Map(
      all(model, 14)
        .map(messageOf)
        .map((entry) => [text(one(entry, 1)), text(one(entry, 2))]),
    ),
    nodes: all(graph, 1).map(nodeOf),
    initializers: new Map(all(graph, 5).map(tensorOf)),
    inputs: all(graph, 11).map(declaredOf),
    outputs: all(graph, 12).map(declaredOf),
  };
}

/** A float32 tensor's numbers. */
export function floats({ type, data }: ReadTensor): Float32Array {
  if (type !== 1) throw new Error(`expected float32, got type ${type}`);
  return new Float32Array(data.slice().buffer);
}

function nodeOf(bytes: Uint8Array): ReadNode {
  const node = messageOf(bytes);
  return {
    op: text(one(node, 4)),
    inputs: all(node, 1).map(text),
    outputs: all(node, 2).map(text),
    attributes: Object.fromEntries(all(node, 5).map(attributeOf)),
  };
}

function attributeOf(bytes: Uint8Array): [name: string, value: number | string | number[]] {
  const attribute = messageOf(bytes);
  const name = text(one(attribute, 1));
  switch (number(attribute, 20)) {
    case 1:
      return [name, number(attribute, 2)];
    case 2:
      return [name, number(attribute, 3)];
    case 3:
      return [name, text(one(attribute, 4))];
    case 7:
      return [name, varints(one(attribute, 8))];
    default:
      throw new Error(`attribute ${name} has an unknown type`);
  }
}

function tensorOf(bytes: Uint8Array): [name: string, tensor: ReadTensor] {
  const tensor = messageOf(bytes);
  const [dims] = all(tensor, 1);
  const type = number(tensor, 2);
  return [text(one(tensor, 8)), { type, dims: dims === undefined ? [] : varints(dims), data: one(tensor, 9) }];
}

function declaredOf(bytes: Uint8Array): ReadValue {
  const value = messageOf(bytes);
  const tensor = messageOf(one(messageOf(one(value, 2)), 1));
  const dims = all(messageOf(one(tensor, 2)), 1)
    .map(messageOf)
    .map((dim) => (dim.has(1) ? number(dim, 1) : text(one(dim, 2))));
  return { name: text(one(value, 1)), type: number(tensor, 1), dims };
}

function messageOf(bytes: Uint8Array): Message {
  const fields = new Map<number, (number | Uint8Array)[]>();
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const tag = varint(reader);
    const field = Math.floor(tag / 8);
    const value = valueAt(reader, tag % 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function valueAt(reader: Reader, wireType: number): number | Uint8Array {
  const take = (length: number): Uint8Array => {
    const taken = reader.bytes.subarray(reader.at, reader.at + length);
    if (taken.length !== length) throw new Error("the message ends in a field");
    reader.at += length;
    return taken;
  };
  if (wireType === 0) return varint(reader);
  if (wireType === 2) return take(varint(reader));
  if (wireType === 5) return new Float32Array(take(4).slice().buffer)[0];
  throw new Error(`wire type ${wireType} is not used by ONNX`);
}

function varint(reader: Reader): number {
  for (let value = 0, scale = 1; ; scale *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new Error("the message ends in a number");
    value += (byte % 128) * scale;
    if (byte < 128) return value;
  }
}

function varints(bytes: Uint8Array): number[] {
  const reader = { bytes, at: 0 };
  const values: number[] = [];
  while (reader.at < bytes.length) values.push(varint(reader));
  return values;
}

function all(message: Message, field: number): Uint8Array[] {
  return (message.get(field) ?? []) as Uint8Array[];
}

function one(message: Message, field: number): Uint8Array {
  const [value] = all(message, field);
  return value ?? new Uint8Array(0);
}

function number(message: Message, field: number): number {
  return (message.get(field)?.[0] ?? 0) as number;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
