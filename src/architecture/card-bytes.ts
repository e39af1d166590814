// The "File Size" of timm's published model cards: the bytes of the torch files they were made from, without the files.
// A legacy torch container is five pickles, then each storage; its length follows from names, shapes and a few facts.

import { elements } from "../tensor.ts";
import type { Architecture, Block } from "./architecture.ts";
import type { TensorSpec } from "./layers.ts";
import { tensorSpecs } from "./tensors.ts";

/**
 * What cannot be read off a file's name. `module:*`: saved with module versions, of containers and layers (`bare`), also of
 * activations (`acts`), also of se pools (`acts+pool`). `plain:*`: without, as an OrderedDict or a dict, whose norm
 * counters are int64, or float32 where a script averaged the weights.
 */
export type FileVariant =
  | "module:bare"
  | "module:acts"
  | "module:acts+pool"
  | "plain:OrderedDict:int64"
  | "plain:OrderedDict:float32"
  | "plain:dict:int64";

/** Bytes of the three small pickles in front: magic number 15, protocol version 6, system dict 116. */
const HEADER = 137;

/** Storage keys were memory addresses of 14 decimal digits. */
const KEY_DIGITS = 14;

/** Most items that a pickle writes at once. */
const BATCH = 1000;

/** Bytes of the torch file that holds the state dict of `a`. */
export function cardBytes(a: Architecture, variant: FileVariant): number {
  const specs = tensorSpecs(a);
  const counterBytes = variant.endsWith("float32") ? 4 : 8;
  let storages = 0;
  for (const spec of specs) storages += 8 + (isCounter(spec) ? counterBytes : 4 * elements(spec.shape));
  return HEADER + stateDictBytes(a, specs, variant) + keyListBytes(specs.length) + storages;
}

function isCounter(spec: TensorSpec): boolean {
  return spec.role === "num_batches_tracked";
}

/** The pickle of the state dict, protocol 2. */
function stateDictBytes(a: Architecture, specs: readonly TensorSpec[], variant: FileVariant): number {
  const pickle = new PickleLength();
  pickle.add(2);
  if (variant.startsWith("plain:dict")) pickle.put(1);
  else orderedDict(pickle);
  pickle.batches(specs, (spec) => tensorBytes(pickle, spec, isCounter(spec) && !variant.endsWith("float32")));
  if (variant.startsWith("module:")) {
    pickle.put(1);
    pickle.text("_metadata");
    orderedDict(pickle);
    pickle.batches(moduleNames(a, variant), (name) => {
      pickle.text(name);
      pickle.put(1);
      pickle.text("version");
      pickle.add(2 + 1);
    });
    pickle.add(1 + 1);
  }
  pickle.add(1);
  return pickle.length;
}

/** One item: `name: _rebuild_tensor_v2(('storage', type, key, 'cpu', elements, None), 0, shape, strides, False, hooks)`. */
function tensorBytes(pickle: PickleLength, { name, shape }: TensorSpec, isLong: boolean): void {
  pickle.text(name);
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.add(2);
  pickle.text("storage");
  pickle.global("torch", isLong ? "LongStorage" : "FloatStorage");
  pickle.key();
  pickle.text("cpu");
  pickle.int(elements(shape));
  pickle.add(1);
  pickle.put(1);
  pickle.add(1);
  pickle.int(0);
  pickle.ints(shape);
  pickle.ints(strides(shape));
  pickle.add(1);
  orderedDict(pickle);
  pickle.put(1);
  pickle.put(1);
}

function orderedDict(pickle: PickleLength): void {
  pickle.global("collections", "OrderedDict");
  pickle.put(2);
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elements(shape.slice(axis + 1)));
}

/** The last pickle: the list of storage keys. */
function keyListBytes(count: number): number {
  const pickle = new PickleLength();
  pickle.add(2);
  pickle.put(1);
  pickle.batches(Array.from({ length: count }), () => pickle.key());
  pickle.add(1);
  return pickle.length;
}

/** Modules whose version the file tells; their order changes nothing. */
function moduleNames(a: Architecture, variant: FileVariant): string[] {
  const hasActs = variant !== "module:bare";
  const hasPools = variant === "module:acts+pool";
  const names = ["", "conv_stem", "bn1", "blocks", "conv_head", "bn2", "global_pool", "global_pool.pool", "classifier"];
  if (hasActs) names.push("act1", "act2");
  for (const [s, stage] of a.stages.entries()) {
    names.push(`blocks.${s}`);
    for (const [b, block] of stage.entries()) {
      const at = `blocks.${s}.${b}`;
      names.push(at, ...BLOCK_MODULES[block.kind].map((leaf) => `${at}.${leaf}`));
      if (hasActs && (block.kind === "ds" || block.kind === "ir")) names.push(`${at}.act1`, `${at}.act2`);
      if (!hasSqueeze(block)) continue;
      names.push(`${at}.se`, `${at}.se.conv_reduce`, `${at}.se.conv_expand`);
      if (hasActs) names.push(`${at}.se.act1`);
      if (hasPools) names.push(`${at}.se.avg_pool`);
    }
  }
  return names;
}

/** Convolutions and norms of each block kind. */
const BLOCK_MODULES: Readonly<Record<Block["kind"], readonly string[]>> = {
  ds: ["conv_dw", "bn1", "conv_pw", "bn2"],
  ir: ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"],
  er: ["conv_exp", "bn1", "conv_pwl", "bn2"],
  cn: ["conv", "bn1"],
};

function hasSqueeze(block: Block): boolean {
  return (block.kind === "ds" || block.kind === "ir") && block.squeeze !== null;
}

/** Counts the bytes that Python's pickler, protocol 2, would write; it remembers what the pickler would (its memo). */
class PickleLength {
  length = 0;
  private puts = 0;
  private readonly memo = new Map<string, number>();

  add(bytes: number): void {
    this.length += bytes;
  }

  /** `bytes`, then the value enters the memo. */
  put(bytes: number): void {
    this.length += bytes + memoBytes(this.puts++);
  }

  /** A string; the second time it is fetched from the memo. */
  text(value: string): void {
    this.remembered(value, 5 + value.length);
  }

  /** A storage key, each a string of its own. */
  key(): void {
    this.put(5 + KEY_DIGITS);
  }

  /** A class or function by module and name. */
  global(module: string, name: string): void {
    this.remembered(`${module} ${name}`, 3 + module.length + name.length);
  }

  int(value: number): void {
    this.length += value < 0x100 ? 2 : value < 0x10000 ? 3 : 5;
  }

  /** A tuple of integers. */
  ints(values: readonly number[]): void {
    for (const value of values) this.int(value);
    if (values.length === 0) this.length += 1;
    else this.put(values.length > 3 ? 2 : 1);
  }

  /** The items of a list or dict, written a thousand at a time. */
  batches<T>(items: readonly T[], write: (item: T) => void): void {
    for (const [i, item] of items.entries()) {
      write(item);
      if (i % BATCH === 0) this.length += i === items.length - 1 ? 1 : 2;
    }
  }

  private remembered(key: string, firstTime: number): void {
    const index = this.memo.get(key);
    if (index !== undefined) {
      this.length += memoBytes(index);
      return;
    }
    this.memo.set(key, this.puts);
    this.put(firstTime);
  }
}

/** A put or get of the memo: one byte of index below 256, else four. */
function memoBytes(index: number): number {
  return index < 0x100 ? 2 : 5;
}
