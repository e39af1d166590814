// A network as effnet enumerates it, in a rival's arithmetic.

/**
 * The logits of a batch.
 * @param list effnet's layers, in order of execution
 * @param rules the rival's arithmetic: by kind of layer `(layer, x) → y`, for `gate` and `add` `(layer, x, earlier) → y`;
 *   `keep(x)` is x for a later layer, too
 */
export function logitsOf(list, rules, input) {
  const adds = new Set(list.filter(({ kind }) => kind === "add").map(({ block }) => block));
  let x = input;
  let block = null;
  let entering = null; // the block's input, where something adds it
  let squeezed = null; // the map before the squeeze
  for (const layer of list) {
    if (layer.block !== block) {
      block = layer.block;
      if (adds.has(block)) entering = rules.keep(x);
    }
    if (layer.kind === "squeeze") squeezed = rules.keep(x);
    const earlier = { gate: squeezed, add: entering }[layer.kind];
    x = rules[layer.kind](layer, x, earlier);
  }
  return x;
}
