// A hub on this machine: answers as huggingface.co and its store do, counts what it is asked, and fails as it is told.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

export interface ServedRepository {
  readonly commit: string;
  /** Large files lie at the store, under their SHA-256; small ones at the hub, under git's SHA-1. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** Today's name of a repository that was renamed. */
  readonly movedTo?: string;
  readonly isGated?: boolean;
  readonly isPrivate?: boolean;
}

/** One request, as it came. */
export interface Asked {
  readonly method: string;
  /** `hub` or `store`. */
  readonly at: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/** What the next request that fits gets instead of its answer. */
export interface Trouble {
  readonly method?: string;
  readonly path?: RegExp;
  /** How many times; default once. */
  times?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Sends so many bytes of the right answer, then cuts the connection. */
  readonly cutAfter?: number;
  /** Says nothing more, after so many bytes. */
  readonly silentAfter?: number;
  /** Bytes that are wrong from here on. */
  readonly wrongFrom?: number;
  /** Milliseconds between pieces. */
  readonly slowMs?: number;
}

export interface HubServer {
  readonly url: string;
  readonly store: string;
  readonly asked: Asked[];
  readonly repositories: Map<string, ServedRepository>;
  readonly troubles: Trouble[];
  /** Of requests so far: `GET store`, `HEAD hub`… */
  count(method: string, at?: string, path?: RegExp): number;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const LARGE = 10_000; // bytes, from which on a file lies at the store
const TOKEN = "hf_right";

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function gitSha1(bytes: Uint8Array | string): string {
  return createHash("sha1")
    .update(`blob ${Buffer.byteLength(bytes)}\0`)
    .update(bytes)
    .digest("hex");
}

export function etagOf(bytes: Uint8Array | string): string {
  return Buffer.byteLength(bytes) >= LARGE ? sha256(bytes) : gitSha1(bytes);
}

/** Serves until the test file ends. */
export async function hubServer(): Promise<HubServer> {
  const asked: Asked[] = [];
  const repositories = new Map<string, ServedRepository>();
  const troubles: Trouble[] = [];
  const listen = (server: Server): Promise<string> =>
    new Promise((listening) => {
      server.listen(0, "127.0.0.1", () => listening(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
      afterAll(() => {
        server.closeAllConnections();
        server.close();
      });
    });
  const noted = (at: string, answer: (request: IncomingMessage, url: URL) => Reply) =>
    createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://any");
      asked.push({ method: request.method ?? "", at, path: url.pathname, headers: request.headers });
      const trouble = troubles.find(
        ({ method, path, times = 1 }) =>
          times > 0 && (method ?? request.method) === request.method && (path ?? /./).test(`${at}${url.pathname}`),
      );
      if (trouble !== undefined) trouble.times = (trouble.times ?? 1) - 1;
      const right = answer(request, url);
      if (trouble?.status === undefined) return send(request, response, right, trouble ?? {});
      return send(
        request,
        response,
        { status: trouble.status, headers: trouble.headers ?? {}, body: trouble.body ?? "" },
        {},
      );
    });
  const store = await listen(noted("store", (request, url) => stored(request, url, repositories)));
  const url = await listen(noted("hub", (request, at) => served(request, at, repositories, store)));
  const count = (method: string, at?: string, path?: RegExp): number =>
    asked.filter((each) => each.method === method && (at ?? each.at) === each.at && (path ?? /./).test(each.path))
      .length;
  return { url, store, asked, repositories, troubles, count };
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

function refusal(status: number, code: string, message: string, commit?: string): Reply {
  const said = { "x-error-code": code, "x-error-message": message, "x-request-id": "Root=1-abc" };
  const headers = {
    ...said,
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "X-Error-Code,X-Error-Message",
  };
  return { status, headers: { ...headers, ...(commit ? { "x-repo-commit": commit } : {}) }, body: message };
}

/** `/{owner}/{name}/resolve/{revision}/{file}`, `/api/resolve-cache/…`, `/api/models/…`. */
function served(
  request: IncomingMessage,
  { pathname }: URL,
  repositories: HubServer["repositories"],
  store: string,
): Reply {
  const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  if (request.method === "OPTIONS") return { status: 204, headers: cors, body: "" };
  const authorization = request.headers.authorization;
  if (authorization !== undefined && authorization !== `Bearer ${TOKEN}`) {
    return { status: 401, headers: { "x-error-message": "Invalid credentials in Authorization header" }, body: "" };
  }
  const [, api, cached, id, revision, file] =
    /^\/(api\/models\/|(api\/resolve-cache\/models\/))?([^/]+\/[^/]+)\/(?:resolve\/|revision\/)?([^/]+)(?:\/(.+))?$/.exec(
      pathname,
    ) ?? [];
  const repository = repositories.get(id ?? "");
  if (repository === undefined || (repository.isPrivate && authorization === undefined)) {
    return refusal(401, "RepoNotFound", "Repository not found");
  }
  if (repository.isGated && authorization === undefined)
    return refusal(401, "GatedRepo", "Access to model is restricted");
  const { commit, files, movedTo } = repository;
  if (movedTo !== undefined) return { status: 307, headers: { location: pathname.replace(id, movedTo) }, body: "" };
  if (!["main", commit, "refs/pr/1"].includes(decodeURIComponent(revision))) {
    return refusal(404, "RevisionNotFound", `Invalid rev id: ${revision}`);
  }
  if (api !== undefined && cached === undefined) {
    const siblings = Object.entries(files).map(([rfilename, bytes]) => {
      const size = Buffer.byteLength(bytes);
      return {
        rfilename,
        size,
        blobId: gitSha1(bytes),
        ...(size >= LARGE ? { lfs: { sha256: sha256(bytes), size } } : {}),
      };
    });
    return {
      status: 200,
      headers: { ...cors, "content-type": "application/json" },
      body: JSON.stringify({ id, sha: commit, siblings }),
    };
  }
  const bytes = files[decodeURIComponent(file ?? "")];
  if (bytes === undefined) return refusal(404, "EntryNotFound", "Entry not found", commit);
  const size = Buffer.byteLength(bytes);
  const known = { ...cors, "x-repo-commit": commit, "accept-ranges": "bytes" };
  if (size >= LARGE) {
    const location = `${store}/${sha256(bytes)}?Signature=abc`;
    const linked = {
      "x-linked-etag": `"${sha256(bytes)}"`,
      "x-linked-size": String(size),
      "x-xet-hash": "0".repeat(64),
    };
    return { status: 302, headers: { ...known, ...linked, etag: `"${gitSha1(bytes)}"`, location }, body: "Found" };
  }
  const etag = `"${gitSha1(bytes)}"`;
  if (cached !== undefined) return { status: 200, headers: { ...known, etag: `W/${etag}` }, body: bytes };
  const location = `/api/resolve-cache/models/${id}/${commit}/${file}`;
  return { status: 307, headers: { ...known, etag, "x-linked-size": String(size), location }, body: "" };
}

/** A store as S3 is: it refuses whom the signature does not name, and serves ranges. */
function stored(request: IncomingMessage, { pathname }: URL, repositories: HubServer["repositories"]): Reply {
  const cors = { "access-control-allow-origin": "*" };
  if (request.headers.authorization !== undefined)
    return { status: 400, headers: {}, body: "Only one auth mechanism allowed" };
  const all = [...repositories.values()].flatMap(({ files }) => Object.values(files));
  const bytes = all.find(
    (each) => pathname.slice(1) === sha256(each) || pathname.slice(1).endsWith(`-${sha256(each).slice(0, 8)}.pth`),
  );
  if (bytes === undefined) return { status: 404, headers: cors, body: "" };
  return { status: 200, headers: { ...cors, etag: `"${sha256(bytes)}"`, "accept-ranges": "bytes" }, body: bytes };
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply, trouble: Trouble): Promise<void> {
  const whole = Buffer.from(reply.body as Uint8Array);
  const right = typeof reply.body === "string" ? Buffer.from(reply.body) : whole;
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  const condition = request.headers["if-range"];
  const isPart =
    from !== undefined && reply.status === 200 && (condition === undefined || condition === reply.headers["etag"]);
  if (isPart && Number(from) >= right.length) {
    response.writeHead(416, { "content-range": `bytes */${right.length}` }).end();
    return;
  }
  const start = isPart ? Number(from) : 0;
  let body = right.subarray(start);
  if (trouble.wrongFrom !== undefined) {
    const at = trouble.wrongFrom - start;
    body = Buffer.from(body.map((byte, i) => (i >= at ? byte ^ 0xff : byte)));
  }
  const range = isPart ? { "content-range": `bytes ${start}-${right.length - 1}/${right.length}` } : {};
  response.writeHead(isPart ? 206 : reply.status, {
    "content-length": String(body.length),
    ...range,
    ...reply.headers,
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const stop = trouble.cutAfter ?? trouble.silentAfter;
  const piece = trouble.slowMs === undefined ? body.length : 4096;
  for (let at = 0; at < (stop ?? body.length); at += piece) {
    response.write(body.subarray(at, Math.min(at + piece, stop ?? body.length)));
    if (trouble.slowMs !== undefined) await new Promise((resolve) => setTimeout(resolve, trouble.slowMs));
  }
  if (trouble.cutAfter !== undefined)
    setTimeout(() => response.destroy(), 20); // what was written leaves first
  else if (trouble.silentAfter === undefined) response.end();
}

/** Bytes that tell their place, so that a shift would show. */
export function patterned(length: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i * 2654435761 + salt) >>> 13) & 0xff);
}
