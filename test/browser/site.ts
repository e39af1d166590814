// A static server: compresses as servers do, counts what it sends, and isolates the page if asked to.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

export interface Site {
  readonly url: string;
  /** Bytes sent, after compression, by path; a file fetched twice counts once. */
  readonly sent: Map<string, number>;
  close(): Promise<void>;
}

/** Serves the files of `folders`, of two with one path the first, on this machine until it is closed. */
export async function site(folders: readonly string[], options: { readonly isIsolated: boolean }): Promise<Site> {
  const sent = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://site").pathname).replace(/\/$/, "/index.html");
    const file = folders.map((folder) => join(folder, path)).find(existsSync);
    if (file === undefined) return response.writeHead(404).end();
    const type = TYPES[extname(file)];
    const body = type ? gzipSync(readFileSync(file)) : readFileSync(file);
    const headers = type ? { "content-type": type, "content-encoding": "gzip" } : {};
    sent.set(path, body.length);
    return response.writeHead(200, { ...headers, ...(options.isIsolated ? ISOLATION : {}) }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(() => closed()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sent, close };
}
