// What long work reports while it runs. Rooms report; only the command line prints.

/** One report. `done` and `total` count `unit`s; `total` is absent while it is unknown. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: "bytes" | "pictures" | "tensors" | "steps" | "networks";
  /** What else there is to say by now, in a few words. */
  readonly detail?: string;
}

export type OnProgress = (progress: Progress) => void;

/** Options of everything that waits. */
export interface WaitOptions {
  /** Aborting rejects with `signal.reason` and leaves nothing half done. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}
