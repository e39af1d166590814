// Files behind addresses, the same in Node and in pages.

import { HubError } from "../errors.ts";

/** Whether a place is an address rather than a path. */
export function isAddress(place: string): boolean {
  return /^https?:/i.test(place);
}

/** @throws HubError if the address cannot be reached or answers with an error status */
export async function fetched(address: string): Promise<Response> {
  const response = await fetch(address).catch((cause: unknown) => {
    throw new HubError(`${address}: could not be fetched. Check the address and the network.`, { cause });
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new HubError(`${address}: expected the file, got status ${response.status}. Check the address.`);
}
