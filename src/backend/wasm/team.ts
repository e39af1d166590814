// The threads of one engine, seen from the caller's side: started together, asked one thing at a time, ended together.

import { availableThreads, hasSharedMemory, startThread } from "#workers";
import { assert, DisposedError, EngineError } from "../../errors.ts";
import { barrierCells, spinsFor } from "./barrier.ts";
import type { Answer, Request } from "./messages.ts";
import { type StartThread, startInline, type Thread } from "./thread.ts";

export interface TeamOptions {
  /** The kernels for shared or unshared memory. */
  readonly compile: (isShared: boolean) => WebAssembly.Module;
  readonly threads: number;
  /** 64 KiB pages that the memory may grow to; the threads load their code meanwhile. */
  readonly maximumPages: Promise<number>;
  readonly workerUrl: string | URL | undefined;
  readonly onWarning: (message: string) => void;
}

/** `others` is what the threads beside the lead are told. */
export interface Asked {
  readonly lead: Request;
  readonly others?: Request;
}

type AnswerOf<Kind extends Answer["kind"]> = Extract<Answer, { readonly kind: Kind }>;

export class Team {
  readonly isShared: boolean;
  readonly #threads: Thread[] = [];
  #tail: Promise<unknown> = Promise.resolve();
  #pending: { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | null = null;
  #unstarted = 0;
  #end: Error | null = null;

  /**
   * Starts the threads; where the platform refuses workers, the caller's own thread takes their place, with a warning.
   * @throws EngineError if that fails too
   */
  static async start(options: TeamOptions): Promise<Team> {
    const team = new Team(hasSharedMemory);
    try {
      await team.#start(startThread, hasSharedMemory ? options.threads : 1, options);
      return team;
    } catch (error) {
      await team.dispose();
      await options.maximumPages; // if that failed, the threads are not to blame
      const why = error instanceof Error ? error.message : String(error);
      options.onWarning(`no worker could start (${why}): computing on the caller's thread, which blocks while it runs`);
      const inline = new Team(false);
      await inline.#start(startInline, 1, options);
      return inline;
    }
  }

  private constructor(isShared: boolean) {
    this.isShared = isShared;
  }

  /**
   * One exchange, after all that were asked before: `build` makes the requests, the lead answers, `received` (still in
   * the same turn) takes the answer.
   * @throws EngineError if a thread fails or died; DisposedError after `dispose`
   */
  ask<Kind extends Answer["kind"], Result>(
    kind: Kind,
    build: () => Asked,
    received: (answer: AnswerOf<Kind>) => Result,
  ): Promise<Result> {
    const turn = this.#tail.then(async () => {
      const answer = await this.#exchange(build);
      assert(answer.kind === kind, `the engine answered ${answer.kind} where ${kind} was asked`);
      return received(answer as AnswerOf<Kind>);
    });
    this.#tail = turn.catch(() => {});
    return turn;
  }

  /** Tells all threads but the lead something that has no answer. */
  tellOthers(request: Request): void {
    for (const thread of this.#threads.slice(1)) thread.post(request);
  }

  get threads(): number {
    return this.#threads.length;
  }

  /** Ends every thread at once; what was asked and not answered rejects with DisposedError. */
  async dispose(): Promise<void> {
    this.#finish(new DisposedError("the engine"));
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    this.#threads.length = 0;
  }

  async #start(start: StartThread, threads: number, options: TeamOptions): Promise<void> {
    const listener = {
      onAnswer: (answer: Answer) => this.#receive(answer),
      onDeath: (cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        this.#finish(new EngineError(`a thread of the engine ended: ${why}. Create the model again.`, { cause }));
      },
    };
    for (let thread = 0; thread < threads; thread++) this.#threads.push(start(listener, options.workerUrl));
    const module = options.compile(this.isShared);
    const descriptor = { initial: 1, maximum: await options.maximumPages };
    if (this.#end !== null) throw this.#end;
    const shared = {
      module,
      memory: this.isShared ? new WebAssembly.Memory({ ...descriptor, shared: true }) : descriptor,
      cells: this.isShared ? barrierCells() : null,
      threads,
      spins: spinsFor(threads, availableThreads()),
    };
    this.#unstarted = threads;
    const started = new Promise<Answer>((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    started.catch(() => {}); // a thread may die while the others are still being told
    for (const [thread, made] of this.#threads.entries()) made.post({ kind: "start", parts: { ...shared, thread } });
    await started;
    for (const thread of this.#threads) thread.setBusy(false);
  }

  async #exchange(build: () => Asked): Promise<Answer> {
    if (this.#end !== null) throw this.#end;
    for (const thread of this.#threads) thread.setBusy(true);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const { lead, others } = build();
        this.#pending = { resolve, reject };
        if (others !== undefined) this.tellOthers(others);
        this.#threads[0].post(lead);
      });
    } finally {
      for (const thread of this.#threads) thread.setBusy(false);
    }
  }

  #receive(answer: Answer): void {
    if (answer.kind === "started" && --this.#unstarted > 0) return;
    const pending = this.#pending;
    this.#pending = null;
    if (answer.kind !== "failed") {
      pending?.resolve(answer);
    } else {
      // The other threads may wait for the failed one for ever: the engine as a whole is lost.
      this.#finish(new EngineError(answer.message, { cause: answer.stack }), pending);
    }
  }

  #finish(end: Error, pending = this.#pending): void {
    this.#end ??= end;
    this.#pending = null;
    pending?.reject(this.#end);
  }
}
