// What `effnet export` and its targets say to each other.

import type { Session, SessionOptions } from "./session.ts";

/** Who reads what is written. */
export type Target = "onnx" | "timm" | "hub";

export interface ExportFlags extends SessionOptions {
  readonly model?: string;
  readonly for: Target;
  readonly inputSize?: { readonly height: number; readonly width: number } | "any";
  readonly batch: number | "any";
  readonly align: "auto" | "none" | 8 | 16;
  readonly output: "logits" | "embedding" | "features";
  readonly preprocess?: true;
  readonly softmax?: true;
  readonly half?: true;
  /** Of `--for hub`: a file that `evaluate --json` wrote. */
  readonly metrics?: string;
  readonly json?: true;
}

/** What a target has written. */
export interface Exported {
  readonly bytes: number;
  /** The network's name. */
  readonly architecture: string;
  /** For people, after name and size. */
  readonly remarks: readonly string[];
}

/** Reads `source`, a path or URL, and writes `out`, whole or not at all. @throws UsageError for a name that does not fit */
export type Export = (session: Session, source: string, out: string, flags: ExportFlags) => Promise<Exported>;
