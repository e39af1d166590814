// Files of datasets in a page: addresses are fetched; folders come as the Files that a user chose.

import { UnsupportedError } from "../errors.ts";
import { fetched } from "./fetched.ts";
import type { FolderEntry } from "./folder.ts";

/** An address is never known to be a folder. */
export async function isFolder(_address: string): Promise<boolean> {
  return false;
}

/** @throws UnsupportedError always */
export async function listFolder(address: string, _signal?: AbortSignal): Promise<FolderEntry[]> {
  throw new UnsupportedError(`${address}: a page cannot list a folder. Pass its files to openFiles().`);
}

/** A file whole. @throws HubError if the address does not answer */
export async function readFileBytes(address: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetched(address)).arrayBuffer());
}

/** A file as a stream. @throws HubError if the address does not answer */
export async function openFile(address: string): Promise<ReadableStream<Uint8Array>> {
  return (await fetched(address)).body ?? new Blob([]).stream();
}
