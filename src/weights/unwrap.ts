// From what a checkpoint holds to the tensors wanted: EMA weights before plain ones, wrappers' prefixes removed.

import { FileError, listed } from "../errors.ts";
import { type Dict, isDict, kindOf, type Value } from "./pickle-values.ts";
import { nameForError, quoted } from "./quoted.ts";

/** Where a trainer's checkpoint keeps its weights, first wins; as `load_state_dict` in timm's models/_helpers.py. */
const KEYS: readonly { readonly key: string; readonly isSkippedIfNone: boolean }[] = [
  { key: "state_dict_ema", isSkippedIfNone: true },
  { key: "model_ema", isSkippedIfNone: true },
  { key: "state_dict", isSkippedIfNone: false },
  { key: "model", isSkippedIfNone: false },
];

/** What wrappers put before every name (DataParallel, torch.compile): each removed once, in this order. */
const PREFIXES = ["module.", "_orig_mod."];

/**
 * The tensors of a checkpoint by their names in the network, in the file's order. Entries that are no tensors are left
 * out; what a network lacks is found where the weights are adapted to it.
 * @param isTensor tells a tensor from the pickle's other values
 * @throws FileError if there is no state dict, no tensor in it, or two names become one without their prefixes
 */
export function unwrap<T extends Value>(
  root: Value,
  file: string,
  isTensor: (value: Value) => value is T,
): Map<string, T> {
  const stateDict = chooseStateDict(root, file);
  const tensors = new Map<string, T>();
  for (const [key, value] of stateDict.entries ?? []) {
    if (!isTensor(value)) continue;
    if (typeof key !== "string") throw new FileError(file, `a tensor's name is a ${kindOf(key)}, expected text.`);
    const name = withoutPrefixes(key);
    if (tensors.has(name)) {
      throw new FileError(file, "two entries have this name once their prefixes are removed.", {
        tensor: nameForError(name),
      });
    }
    tensors.set(name, value);
  }
  if (tensors.size === 0) {
    throw new FileError(file, `no tensors, only ${shownKeys(stateDict)}. Save model.state_dict() with torch.save.`);
  }
  return tensors;
}

function chooseStateDict(root: Value, file: string): Dict {
  if (!isDict(root)) {
    throw new FileError(file, `expected a state dict, got a ${kindOf(root)}. Save model.state_dict() with torch.save.`);
  }
  for (const { key, isSkippedIfNone } of KEYS) {
    const value = root.entries?.get(key);
    if (value === undefined || (value === null && isSkippedIfNone)) continue;
    if (isDict(value)) return value;
    throw new FileError(
      file,
      `entry ${quoted(key)}: expected a state dict, got a ${kindOf(value)}. Save model.state_dict() there.`,
    );
  }
  return root;
}

/** `module._orig_mod.a` → `a`, `_orig_mod.module.b` → `module.b`, as timm's `clean_state_dict`. */
function withoutPrefixes(key: string): string {
  return PREFIXES.reduce((name, prefix) => (name.startsWith(prefix) ? name.slice(prefix.length) : name), key);
}

function shownKeys({ entries }: Dict): string {
  const keys = [...(entries?.keys() ?? [])].map((key) => (typeof key === "string" ? quoted(key) : `a ${kindOf(key)}`));
  return keys.length === 0 ? "an empty dict" : `the entries ${listed(keys)}`;
}
