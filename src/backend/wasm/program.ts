// A compiled graph as data: phases of kernel calls whose work any number of threads can split, and how one thread runs them.

import type { KernelName, Kernels } from "./kernels.ts";
import type { Place } from "./layout.ts";

/** An operand of a kernel: a number, an address relative to the arena, or an end of the calling thread's share. */
export type Operand = number | { readonly arena: number } | "from" | "to";

/** One kernel call. Its work is `units` equal pieces; a thread's share `[from, to)` is given in units times `scale`. */
export interface Step {
  readonly kernel: KernelName;
  readonly operands: readonly Operand[];
  readonly units: number;
  readonly scale: number;
  /** Every thread's share is all of it. */
  readonly isWhole: boolean;
  /** Index in the graph of the op that it is a part of. */
  readonly op: number;
}

/** A graph's input or output: one picture's shape (without n), and where it lies in the arena. */
export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
  readonly place: Place;
}

/** A step as an op's rule makes it; into how many units it is cut is the schedule's business. */
export type Call = Pick<Step, "kernel" | "operands" | "scale">;

/** Plain data, the same for every thread and picture. Steps of one phase need not wait for each other. */
export interface Program {
  readonly phases: readonly (readonly Step[])[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Pictures a run. */
  readonly batch: number;
  /** Of the graph. */
  readonly ops: number;
  readonly arenaBytes: number;
}

/** A program with addresses and one thread's share filled in. */
export type BoundProgram = readonly BoundPhase[];

interface BoundPhase {
  readonly steps: readonly BoundStep[];
  /** The phase's last op; its share may be none. */
  readonly op: number;
}

interface BoundStep {
  readonly call: (...operands: number[]) => void;
  readonly operands: readonly number[];
  readonly op: number;
}

/** The share of `thread` among `threads`; shares are contiguous and differ by one unit at most. */
export function bind(program: Program, kernels: Kernels, arena: number, thread: number, threads: number): BoundProgram {
  return program.phases.map((phase) => ({
    op: phase[phase.length - 1].op,
    steps: phase.flatMap((step) => {
      const [share, shares] = step.isWhole ? [0, 1] : [thread, threads];
      const from = Math.floor((step.units * share) / shares) * step.scale;
      const to = Math.floor((step.units * (share + 1)) / shares) * step.scale;
      if (from === to) return [];
      const operands = step.operands.map((operand) => {
        if (operand === "from") return from;
        if (operand === "to") return to;
        return typeof operand === "number" ? operand : arena + operand.arena;
      });
      return [{ call: kernels[step.kernel], operands, op: step.op }];
    }),
  }));
}

/** Runs one thread's share of one picture; `wait` separates the phases. */
export function execute(program: BoundProgram, wait: () => void): void {
  for (const { steps } of program) {
    for (const { call, operands } of steps) call(...operands);
    wait();
  }
}
