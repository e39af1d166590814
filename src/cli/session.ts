// The life of one command: signals, a reader that went away, errors in one line, and the exit code.

import { EffnetError, UnsupportedError, UsageError } from "../errors.ts";
import { Terminal, type TerminalOptions } from "./terminal.ts";

/** 0 all well, 1 some inputs failed, 2 wrong usage, 3 weights or network unavailable; 128 + signal when interrupted. */
export const EXIT = { fine: 0, failed: 1, usage: 2, unavailable: 3, SIGINT: 130, SIGTERM: 143 } as const;

export interface SessionOptions extends TerminalOptions {
  /** Errors are told with their stack. */
  readonly verbose?: boolean;
}

/** What a command works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Aborts with SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Runs a command to its exit code. */
export type Run = (options: SessionOptions, work: (session: Session) => Promise<number>) => Promise<void>;

/** Weights that cannot be had; the message is the line to print. */
export class Unavailable extends Error {}

/** The reason a session's signal aborts with. */
class Interrupted extends Error {
  readonly exitCode: number;

  constructor(name: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${name}`);
    this.exitCode = EXIT[name];
  }
}

/**
 * Runs `work` and returns its exit code; an error becomes one line on stderr and its own code.
 *
 * The first SIGINT or SIGTERM aborts the session's signal, so that the work can end what it began; the second exits at
 * once.
 */
export async function inSession(options: SessionOptions, work: (session: Session) => Promise<number>): Promise<number> {
  const terminal = new Terminal(options);
  const controller = new AbortController();
  const onSignal = (name: "SIGINT" | "SIGTERM"): void => {
    if (controller.signal.aborted) process.exit(EXIT[name]);
    process.exitCode = EXIT[name]; // whatever ends the process from here on
    controller.abort(new Interrupted(name));
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work({ terminal, signal: controller.signal });
  } catch (error) {
    if (!(error instanceof Interrupted)) terminal.problem(told(error, options.verbose ?? false));
    return exitCodeOf(error);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

/** A reader that goes away (`| head`) ends the process quietly. */
export function heedClosedPipes(): void {
  process.stdout.on("error", onClosedPipe);
  process.stderr.on("error", onClosedPipe);
}

function onClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(EXIT.fine);
  throw error;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof Unavailable) return EXIT.unavailable;
  return error instanceof UsageError || error instanceof UnsupportedError ? EXIT.usage : EXIT.failed;
}

/** One line; with the stack if asked for, and for a mistake of ours a word on how to see it. */
export function told(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (isVerbose) return error.stack ?? error.message;
  const isOurs = !(error instanceof EffnetError || error instanceof Unavailable);
  return isOurs ? `unexpected: ${error.message} (--verbose shows where)` : error.message;
}
