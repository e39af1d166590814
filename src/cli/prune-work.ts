// A pruning under way: what its parts share.

import type { PruneResume } from "../pruning/prune.ts";
import type { Checkpoint } from "../run/checkpoint.ts";
import type { RunFolder } from "../run/folder.ts";
import type { Json } from "../weights/metadata.ts";
import type { PruneFlags } from "./prune-flags.ts";
import type { PreparedPruning } from "./prune-prepare.ts";
import type { Teller } from "./teller.ts";

export interface Work {
  readonly folder: RunFolder;
  readonly config: Json;
  readonly flags: PruneFlags;
  readonly teller: Teller;
  readonly prepared: PreparedPruning;
  readonly resume: PruneResume | null;
  readonly checkpoint?: Checkpoint | null;
}
