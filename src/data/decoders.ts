// The threads that prepare pictures, seen from the caller's side: jobs go to the least busy one, outcomes come back.

import { startDecoder } from "#decoders";
import { DisposedError, EngineError, UnsupportedError, UsageError } from "../errors.ts";
import type { Answer, DecoderThread, Request } from "./decoder-thread.ts";
import {
  type BrokenOutcome,
  type FingerprintJob,
  type FingerprintOutcome,
  type Job,
  type Outcome,
  type PictureJob,
  type PictureOutcome,
  work,
} from "./work.ts";

export interface DecoderOptions {
  /** Threads; 0 works on the caller's own. Default 2. What comes out does not depend on it. */
  readonly threads?: number | undefined;
  /** Where a page serves the worker's script, if not beside the module that starts it. */
  readonly workerUrl?: string | URL | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

const MOST_THREADS = 64;
const IN_FLIGHT = 2; // jobs a thread holds: one is decoded by the platform's threads while another is cropped by this one

/** What a job gives where the machine can do it. */
export type OutcomeOf<J extends Job> =
  | BrokenOutcome
  | (J extends PictureJob ? PictureOutcome : never)
  | (J extends FingerprintJob ? FingerprintOutcome : never);

interface Pending extends Request {
  readonly resolve: (outcome: OutcomeOf<Job>) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly thread: DecoderThread;
  readonly inFlight: Map<number, Pending>;
}

export class Decoders {
  readonly #members: Member[] = [];
  readonly #waiting: Pending[] = [];
  #nextId = 0;
  #end: Error | null = null;

  /**
   * Starts the threads; where the platform refuses workers, the caller's own thread takes their place, with a warning.
   * @throws UsageError unless `threads` is a whole number of 0 … 64
   */
  static async start({ threads = 2, workerUrl, onWarning }: DecoderOptions = {}): Promise<Decoders> {
    if (!Number.isInteger(threads) || threads < 0 || threads > MOST_THREADS) {
      throw new UsageError("decoders", `expected a whole number of 0 … ${MOST_THREADS} threads, got ${threads}.`);
    }
    const decoders = new Decoders();
    try {
      await Promise.all(Array.from({ length: threads }, () => decoders.#add(workerUrl)));
      return decoders;
    } catch (error) {
      await decoders.dispose();
      const why = error instanceof Error ? error.message : String(error);
      onWarning?.(`no worker could start (${why}): pictures are prepared on the caller's thread`);
      return new Decoders();
    }
  }

  private constructor() {}

  /**
   * The outcome of a job.
   * @throws UnsupportedError if no picture can be prepared here; EngineError if a thread died; DisposedError
   */
  async run<J extends Job>(job: J): Promise<OutcomeOf<J>> {
    if (this.#end !== null) throw this.#end;
    const outcome = this.#members.length === 0 ? checked(await work(job)) : await this.#ask(job);
    return outcome as OutcomeOf<J>; // work() answers a job in its kind
  }

  /** Ends the threads; what was asked and not answered rejects with DisposedError. Twice is as good as once. */
  async dispose(): Promise<void> {
    this.#finish(new DisposedError("the decoders"));
    await Promise.all(this.#members.splice(0).map(({ thread }) => thread.terminate()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Starts one thread and waits until it has loaded. */
  #add(workerUrl: string | URL | undefined): Promise<void> {
    return new Promise((ready, refused) => {
      const inFlight = new Map<number, Pending>();
      const onAnswer = (answer: Answer): void => {
        if (answer.kind === "ready") ready();
        else this.#receive(member, answer.id, answer.outcome);
        if (inFlight.size === 0) member.thread.setBusy(false);
      };
      const onDeath = (cause: unknown): void => {
        refused(cause);
        const why = cause instanceof Error ? cause.message : String(cause);
        this.#finish(new EngineError(`a decoder's thread ended: ${why}. Start again.`, { cause }));
      };
      const member: Member = { thread: startDecoder({ onAnswer, onDeath }, workerUrl), inFlight };
      this.#members.push(member);
    });
  }

  #ask(job: Job): Promise<OutcomeOf<Job>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, job, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const member = this.#members.reduce((least, other) =>
        other.inFlight.size < least.inFlight.size ? other : least,
      );
      if (member.inFlight.size >= IN_FLIGHT) return;
      const pending = this.#waiting.shift() as Pending;
      member.inFlight.set(pending.id, pending);
      member.thread.setBusy(true);
      member.thread.post({ id: pending.id, job: pending.job });
    }
  }

  #receive({ inFlight }: Member, id: number, outcome: Outcome): void {
    const pending = inFlight.get(id);
    inFlight.delete(id);
    this.#dispatch();
    try {
      pending?.resolve(checked(outcome));
    } catch (error) {
      pending?.reject(error);
    }
  }

  #finish(end: Error): void {
    this.#end ??= end;
    const lost = [...this.#waiting.splice(0), ...this.#members.flatMap(({ inFlight }) => [...inFlight.values()])];
    for (const { reject } of lost) reject(this.#end);
  }
}

/** @throws UnsupportedError for what would fail with every picture */
function checked(outcome: Outcome): OutcomeOf<Job> {
  if (outcome.kind === "failed") throw new UnsupportedError(outcome.message);
  return outcome;
}
