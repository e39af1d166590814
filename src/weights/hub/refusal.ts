// What a hub says when it does not serve, in the order in which its signs have to be read, as one line that says what to do.

import { HubError, type HubReason } from "../../errors.ts";
import { quoted } from "../quoted.ts";
import { type Repository, shownRepository } from "./repository.ts";
import { shownUrl } from "./requests.ts";

/** What was asked, and as whom. */
export interface Asked {
  readonly repository: Repository;
  readonly file: string;
  readonly endpoint: string;
  readonly hasToken: boolean;
  readonly url: string;
}

const INVALID_TOKEN = "Invalid credentials in Authorization header";
const DISABLED = "Access to this resource is disabled.";

/** The error of an answer whose status is none of success or redirection. */
export function refusal({ status, headers }: Response, asked: Asked): HubError {
  const { repository, file, endpoint, hasToken } = asked;
  const name = shownRepository(repository);
  const page = `${endpoint}/${repository.id}`;
  const code = headers.get("x-error-code");
  const said = headers.get("x-error-message") ?? "";
  const error = (reason: HubReason, what: string): HubError => {
    const id = headers.get("x-request-id");
    const request = id === null ? "" : ` (status ${status}, request ${quoted(id).slice(1, -1)})`;
    return new HubError(`${name}: ${what}${request}`, { reason, status, url: shownUrl(asked.url) });
  };
  if (code === "RevisionNotFound") {
    return error("revision", `has no revision ${quoted(repository.revision)}. Check what follows the @.`);
  }
  if (code === "EntryNotFound") return error("entry", `has no file ${file}.`);
  if (code === "GatedRepo") {
    const then = hasToken ? "with the account of your token" : "then set HF_TOKEN";
    return error("gated", `is gated. Accept its terms at ${page}, ${then}.`);
  }
  if (said === DISABLED) return error("disabled", "its access was switched off. Choose another repository.");
  if (code === "RepoNotFound" || (status === 401 && said !== INVALID_TOKEN)) {
    const then = hasToken
      ? "Check the name, and whether your token may read it."
      : "Check the name; private: set HF_TOKEN.";
    return error("repository", `was not found, or is private. ${then}`);
  }
  if (status === 401) return error("token", "the hub refused the token. Check HF_TOKEN, or unset it.");
  if (status === 403) return error("forbidden", `may not be read${because(said)}. Check what your token may do.`);
  if (status === 429) return error("rate", "the hub was asked too often. Wait some minutes, or set HF_TOKEN.");
  if (status >= 500) return error("server", `the hub answers with status ${status}${because(said)}. Try later.`);
  return error(
    "answer",
    `expected ${file}, got status ${status}${because(said)}. Check the name and the endpoint ${endpoint}.`,
  );
}

function because(said: string): string {
  return said === "" ? "" : ` (${quoted(said).slice(1, -1)})`;
}
