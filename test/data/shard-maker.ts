// Makes tar shards in memory for tests.

import { packTar } from "modern-tar";
import type { Shard } from "#effnet/data/tar.js";

/** A shard of members by name; text or bytes. */
export async function makeShard(
  name: string,
  members: readonly (readonly [string, string | Uint8Array])[],
): Promise<Shard> {
  const entries = members.map(([member, body]) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    return { header: { name: member, size: bytes.length, type: "file" as const }, body: bytes };
  });
  return shardOf(name, await packTar(entries));
}

/** A shard whose bytes are given; they come in pieces of `pieceBytes`. */
export function shardOf(name: string, bytes: Uint8Array, pieceBytes = 1000): Shard {
  const open = async (): Promise<ReadableStream<Uint8Array>> => {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) controller.close();
        else controller.enqueue(bytes.slice(at, at + pieceBytes));
        at += pieceBytes;
      },
    });
  };
  return { name, open };
}

/** The whole bytes of a shard. */
export async function bytesOf(shard: Shard): Promise<Uint8Array> {
  return new Uint8Array(
    await new Response((await shard.open()) as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
  );
}
