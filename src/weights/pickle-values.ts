// The values that a pickle builds: plain data, and names of allowed globals.

/** A value on the pickle's stack. Nothing ever walks one in depth: shared parts may stand for 10³⁰ leaves. */
export type Value = null | boolean | number | bigint | string | List | Tuple | Dict | Global | Inert | Built;

export interface List {
  readonly kind: "list";
  readonly items: Value[];
}
export interface Tuple {
  readonly kind: "tuple";
  readonly items: readonly Value[];
}
/** A `dict` or `OrderedDict`; the Map is made with the first entry, as most of a checkpoint's dicts stay empty. */
export interface Dict {
  readonly kind: "dict";
  entries: Map<Value, Value> | undefined;
}
/** An allowed class or function, not called. */
export interface Global {
  readonly kind: "global";
  readonly name: string;
  readonly allowed: Allowed;
}
/** A value of no use to us, e.g. a float, a set or an `argparse.Namespace`: kept so that the stack is right. */
export interface Inert {
  readonly kind: "inert";
  readonly type: string;
}
/** What an allowed call has built; `type` tells which. */
export interface Built {
  readonly kind: "built";
  readonly type: string;
}

/** What may be done with an allowed global. */
export interface Allowed {
  readonly isClass: boolean;
  /** What calling it means; without, it may only be named. Throws FileError if the arguments are wrong. */
  readonly call?: (args: readonly Value[]) => Value;
}

/** What a value is, as the messages say it. */
export function kindOf(value: Value): string {
  if (value === null) return "None";
  if (typeof value !== "object") return typeof value;
  return value.kind === "built" ? value.type : value.kind;
}

export function isDict(value: Value | undefined): value is Dict {
  return isObject(value) && value.kind === "dict";
}

export function isList(value: Value | undefined): value is List {
  return isObject(value) && value.kind === "list";
}

export function isTuple(value: Value | undefined): value is Tuple {
  return isObject(value) && value.kind === "tuple";
}

export function isGlobal(value: Value | undefined): value is Global {
  return isObject(value) && value.kind === "global";
}

function isObject(value: Value | undefined): value is Exclude<Value, null | boolean | number | bigint | string> {
  return typeof value === "object" && value !== null;
}
