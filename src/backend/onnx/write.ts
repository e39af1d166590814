// A lowered graph and its numbers as the bytes of an ONNX file.

import { CapacityError } from "../../errors.ts";
import { elements, type StateDict } from "../../tensor.ts";
import { resolveParameter } from "../parameters.ts";
import type { Lowered, PaddedParameter } from "./lower.ts";
import { encoded, type Initializer, type Node, type Title } from "./model.ts";
import { joined, length } from "./protobuf.ts";

export interface WriteOptions {
  /** float32 to float16 bits, for what sums over channels; without it all numbers are float32. */
  readonly narrow?: ((values: Float32Array, tensor: string) => Uint16Array) | undefined;
  /** Called between tensors: lets the event loop go on, or throws to stop. */
  readonly turn?: (() => Promise<void>) | undefined;
}

const MOST_BYTES = 2 ** 31 - 1; // protocol buffers' own limit

/**
 * The file's bytes.
 * @throws FileError if the state dict lacks a tensor; CapacityError above 2 GiB
 */
export async function modelBytes(
  { nodes, inputs, outputs, parameters, constants }: Lowered,
  stateDict: StateDict,
  title: Title,
  { narrow, turn = async () => {} }: WriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const initializers: Initializer[] = [...constants];
  const casts: Node[] = [];
  for (const parameter of parameters) {
    await turn();
    const { name, dims } = parameter;
    const values = paddedNumbers(parameter, stateDict);
    // A depthwise kernel's few numbers make all of a channel: their rounding is never averaged out, and they are 3 % of a file.
    if (narrow === undefined || dims.length < 2 || dims[1] === 1) {
      initializers.push({ name, type: "float32", dims, data: bytesOf(values) });
    } else {
      // Computed in float32: runtimes widen the constant once, when they load the file.
      const stored = `${name}/half`;
      initializers.push({ name: stored, type: "float16", dims, data: bytesOf(narrow(values, name)) });
      casts.push({ op: "Cast", inputs: [stored], output: name, attributes: { to: 1 } });
    }
  }
  await turn();
  const pieces = encoded({ title, nodes: [...casts, ...nodes], inputs, outputs, initializers });
  const bytes = length(pieces);
  if (bytes > MOST_BYTES) {
    throw new CapacityError(`an ONNX file holds 2 GiB at most, this network takes ${bytes} bytes. Use half.`, bytes);
  }
  return joined(pieces);
}

/** The parameter's numbers in float32, row by row at the beginning of the rows of a larger tensor of zeros. */
function paddedNumbers({ source, dims }: PaddedParameter, stateDict: StateDict): Float32Array {
  const { shape, data } = resolveParameter(source, stateDict);
  const padded = new Float32Array(elements(dims));
  copy(data, shape, padded, dims);
  return padded;
}

/** Copies a row-major tensor into the corner of another with as many axes, none of them shorter. */
function copy(
  from: Float64Array,
  [size, ...inner]: readonly number[],
  to: Float32Array,
  [, ...wider]: readonly number[],
): void {
  if (inner.join() === wider.join()) {
    to.set(from);
    return;
  }
  const [step, stride] = [elements(inner), elements(wider)];
  for (let i = 0; i < size; i++) {
    copy(from.subarray(i * step, (i + 1) * step), inner, to.subarray(i * stride, (i + 1) * stride), wider);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
