// What a checkpoint's pickle may build: tensors over storages, plain containers, an inert argparse.Namespace.

import { FileError } from "../errors.ts";
import type { PickleRules } from "./pickle.ts";
import { type Allowed, type Built, isGlobal, isTuple, kindOf, type Value } from "./pickle-values.ts";
import { quoted } from "./quoted.ts";
import type { Dtype } from "./stored.ts";

/** A storage as the pickle names it; its data lie elsewhere in the file. */
export interface TorchStorage extends Built {
  readonly type: "storage";
  readonly key: string;
  readonly dtype: Dtype;
  /** Elements of the whole storage. */
  readonly elements: number;
  /** The part that is meant, in elements; the whole storage but in some legacy files. */
  readonly begin: number;
  readonly end: number;
}

/** A tensor with the arguments of `_rebuild_tensor_v2` as they came: checked when it is copied and has a name. */
export interface TorchTensor extends Built {
  readonly type: "tensor";
  readonly args: readonly Value[];
}

export function isTorchTensor(value: Value | undefined): value is TorchTensor {
  return isBuilt(value) && value.type === "tensor";
}

export function isTorchStorage(value: Value | undefined): value is TorchStorage {
  return isBuilt(value) && value.type === "storage";
}

function isBuilt(value: Value | undefined): value is Built {
  return typeof value === "object" && value !== null && value.kind === "built";
}

/** The storage classes that are read, as torch/storage.py names them. */
const STORAGE_DTYPES: { readonly [className: string]: Dtype } = {
  "torch.DoubleStorage": "F64",
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.LongStorage": "I64",
  "torch.IntStorage": "I32",
  "torch.ShortStorage": "I16",
  "torch.CharStorage": "I8",
  "torch.ByteStorage": "U8",
  "torch.BoolStorage": "BOOL",
};

/**
 * The list of allowed globals, and what they mean.
 * @param storages is filled with each storage that the pickle names, by key
 */
export function torchRules(file: string, storages: Map<string, TorchStorage>): PickleRules {
  return {
    globals: allowedGlobals(file),
    persistent: (id) => {
      const storage = readStorage(id, file);
      const known = storages.get(storage.key);
      if (known !== undefined && (known.dtype !== storage.dtype || known.elements !== storage.elements)) {
        throw new FileError(
          file,
          `storage ${quoted(storage.key)} is ${known.elements} × ${known.dtype} in one place and ${storage.elements} × ${storage.dtype} in another.`,
        );
      }
      if (known === undefined) storages.set(storage.key, storage);
      return storage;
    },
    refuse: (module, name) => refusedGlobal(file, module, name),
  };
}

/** Rules for the pickles of a legacy file that hold plain values only. */
export function plainRules(file: string): PickleRules {
  return { globals: new Map(), refuse: (module, name) => refusedGlobal(file, module, name) };
}

function allowedGlobals(file: string): Map<string, Allowed> {
  const expectArgs = (name: string, isRight: boolean): void => {
    if (!isRight) throw new FileError(file, `pickle global ${name} is called with arguments that no checkpoint has.`);
  };
  const namespace: Allowed = { isClass: true, call: () => ({ kind: "inert", type: "argparse.Namespace" }) };
  const object: Allowed = { isClass: true };
  const reconstructor: Allowed = {
    isClass: false,
    call: ([type, base, state, ...more]) => {
      const isRight = isGlobal(type) && type.allowed === namespace && isGlobal(base) && base.allowed === object;
      expectArgs("copy_reg._reconstructor", isRight && state === null && more.length === 0);
      return { kind: "inert", type: "argparse.Namespace" };
    },
  };
  const globals: [string, Allowed][] = [
    [
      "collections OrderedDict",
      {
        isClass: true,
        call: (args) => {
          expectArgs("collections.OrderedDict", args.length === 0);
          return { kind: "dict", entries: undefined };
        },
      },
    ],
    [
      "torch._utils _rebuild_tensor_v2",
      { isClass: false, call: (args): TorchTensor => ({ kind: "built", type: "tensor", args }) },
    ],
    [
      "torch._utils _rebuild_parameter", // (tensor, requires_grad, backward_hooks)
      {
        isClass: false,
        call: (args) => {
          expectArgs("torch._utils._rebuild_parameter", isTorchTensor(args[0]));
          return args[0];
        },
      },
    ],
    ["argparse Namespace", namespace],
    ["copy_reg _reconstructor", reconstructor], // the names of Python 2, which protocol 2 writes
    ["__builtin__ object", object],
    ["copyreg _reconstructor", reconstructor],
    ["builtins object", object],
  ];
  for (const className of Object.keys(STORAGE_DTYPES)) globals.push([className.replace(".", " "), { isClass: true }]);
  return new Map(globals);
}

/** `("storage", class, key, location, elements)`, in legacy files with `None` or `(key, begin, elements)` of a view. */
function readStorage(id: Value, file: string): TorchStorage {
  const fields = isTuple(id) ? id.items : [];
  const [tag, type, key, location, elements, view = null] = fields;
  const dtype = isGlobal(type) && Object.hasOwn(STORAGE_DTYPES, type.name) ? STORAGE_DTYPES[type.name] : undefined;
  const isRight =
    tag === "storage" &&
    typeof key === "string" &&
    typeof location === "string" &&
    isCount(elements) &&
    fields.length <= 6;
  if (dtype === undefined || !isRight) {
    throw new FileError(file, "a persistent id of the pickle is no storage of a tensor. Save model.state_dict().");
  }
  const storage = { kind: "built", type: "storage", key, dtype, elements } as const;
  if (view === null) return { ...storage, begin: 0, end: elements };
  const [viewKey, begin, length] = isTuple(view) ? view.items : [];
  if (typeof viewKey !== "string" || !isCount(begin) || !isCount(length) || begin + length > elements) {
    throw new FileError(
      file,
      `storage ${quoted(key)}: its view ${kindOf(view)} does not fit its ${elements} elements.`,
    );
  }
  return { ...storage, begin, end: begin + length };
}

/** A whole number ≥ 0 that is exact. */
export function isCount(value: Value | undefined): value is number {
  return typeof value === "number" && value >= 0;
}

/** Classes that a file names only if a module was saved whole. */
const MODULE_CLASSES = /^(torch\.nn|timm|torchvision|__torch__|__main__|models?)\b/;

function refusedGlobal(file: string, module: string, name: string): FileError {
  const shown = quoted(`${module}.${name}`).slice(1, -1);
  if (MODULE_CLASSES.test(module)) {
    return new FileError(
      file,
      `holds a whole pickled module (${shown}), not a state dict. Load it where it was made and save model.state_dict() instead.`,
    );
  }
  if (module === "torch" && name.endsWith("Storage") && !Object.hasOwn(STORAGE_DTYPES, `torch.${name}`)) {
    const known = Object.keys(STORAGE_DTYPES).join(", ");
    return new FileError(file, `storage class ${shown} is not read: expected one of ${known}.`);
  }
  return new FileError(
    file,
    `pickle global ${shown} is not allowed: expected tensors and plain containers only; nothing was executed. If you trust the file, load it in torch and save model.state_dict() alone.`,
  );
}
