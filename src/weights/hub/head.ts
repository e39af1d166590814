// What a hub says of a file before it is fetched: the commit, the digest that names its bytes, their number and place.

import { HubError } from "../../errors.ts";
import { type Asked, refusal } from "./refusal.ts";
import { fileUrl, isCommit, type Repository, shownRepository } from "./repository.ts";
import { ask, type Line, shownUrl } from "./requests.ts";

export interface FileHead {
  /** Of the repository, 40 hexadecimal digits. */
  readonly commit: string;
  /** Names the bytes; mostly their digest (`digest.ts`). */
  readonly etag: string;
  /** In bytes; null where the hub does not say. */
  readonly size: number | null;
  /** Where the bytes are: the hub itself, or an address at its store that is good for some minutes. */
  readonly url: string;
}

const MOST_REDIRECTS = 5;

/**
 * Asks without fetching. A redirection inside the hub (a repository that was renamed) is followed, one to its store is not.
 * @returns `missing` if the commit has no such file
 * @throws HubError for every other answer; the signal's reason
 */
export async function headOf(
  line: Line,
  repository: Repository,
  file: string,
  options: { readonly timeoutMs: number; readonly tries: number },
): Promise<FileHead | { readonly missing: true; readonly commit: string | null }> {
  let url = fileUrl(line.endpoint, repository, file);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const { response } = await ask(line, url, { method: "HEAD", redirect: "manual", ...options });
    const { status, headers } = response;
    const commit = headers.get("x-repo-commit");
    const location = headers.get("location");
    const asked: Asked = { repository, file, endpoint: line.endpoint, hasToken: line.token !== null, url };
    if (status >= 300 && status < 400 && location !== null && URL.canParse(location, url)) {
      const target = new URL(location, url);
      const isInside = !URL.canParse(location) || (commit === null && target.origin === new URL(url).origin);
      if (!isInside) return headIn(headers, commit, isWeb(target) ? target.href : url, asked, true);
      url = target.href;
      continue;
    }
    if (status >= 200 && status < 300) return headIn(headers, commit, url, asked, false);
    const error = refusal(response, asked);
    if (error.reason !== "entry") throw error;
    return { missing: true, commit: commit !== null && isCommit(commit) ? commit : null };
  }
  const what = `${shownRepository(repository)}: expected at most ${MOST_REDIRECTS} redirections, got more.`;
  throw new HubError(`${what} Check the endpoint ${line.endpoint}.`, { reason: "answer", url: shownUrl(url) });
}

/** @throws HubError if the headers are not those of a hub */
function headIn(headers: Headers, commit: string | null, url: string, asked: Asked, isRedirect: boolean): FileHead {
  const etag = (headers.get("x-linked-etag") ?? headers.get("etag") ?? "")
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");
  if (commit === null || !isCommit(commit) || !/^[\w-][\w.-]{0,127}$/.test(etag)) {
    const what =
      commit === null ? "without X-Repo-Commit" : isCommit(commit) ? "without a usable ETag" : "with no commit";
    throw new HubError(
      `${shownUrl(asked.url)}: expected a hub's answer, got one ${what}: the login page of a network, or a proxy's? Check HF_ENDPOINT and the network.`,
      { reason: "answer", url: shownUrl(asked.url) },
    );
  }
  const size = headers.get("x-linked-size") ?? (isRedirect ? null : headers.get("content-length"));
  return { commit, etag, size: size !== null && /^\d{1,15}$/.test(size) ? Number(size) : null, url };
}

function isWeb({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}
