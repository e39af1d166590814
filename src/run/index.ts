// Entry point `effnet/run`, for Node: one part of many pictures as a file, and the parts of all machines as one list. For
// workers of a queue that call effnet themselves; the command line does the same with --shard and merge.

export { type MergedParts, openParts } from "./merge.ts";
export { type NamedPicture, picturesBelow } from "./named.ts";
export type { NamedLine } from "./part-lines.ts";
export type { PartCommand, PartMeta, PartRun } from "./part-meta.ts";
export {
  type ClassifyPartOptions,
  classifyPart,
  type EmbedPartOptions,
  embedPart,
  type Part,
  type ShardOptions,
} from "./pictures-part.ts";
export { parseShard, type Shard, shardFromEnvironment, shardOf } from "./shard.ts";
