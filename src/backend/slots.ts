// Which tensors an optimizer keeps for each parameter that learns, and what they start from.

import type { Optimizer, Slot } from "./trainer.ts";

/** The slots of a rule in a fixed order, each with the value that fills it before the first update. */
export function slotsOf(optimizer: Optimizer): ReadonlyMap<Slot, number> {
  const slots = new Map<Slot, number>();
  if (optimizer.rule !== "adam" && optimizer.momentum !== 0) slots.set("momentum", 0);
  if (optimizer.rule === "adam" || (optimizer.rule === "rmsproptf" && optimizer.isCentered))
    slots.set("firstMoment", 0);
  if (optimizer.rule === "adam") slots.set("secondMoment", 0);
  if (optimizer.rule === "rmsproptf") slots.set("secondMoment", 1); // as TensorFlow; from 0 the first steps are huge
  return slots;
}
