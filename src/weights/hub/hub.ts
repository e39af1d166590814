// What a hub is to the rest of the house, on every platform; `#hub` opens the one of this platform.

import type { WaitOptions } from "../../progress.ts";
import type { Repository } from "./repository.ts";
import type { Fetch } from "./requests.ts";

/** What a program may say of the hub; what it leaves out, Python's environment variables say (in a page: the defaults). */
export interface HubOptions {
  /** Default: `HF_ENDPOINT`, else https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /** For private and gated repositories. Default: `HF_TOKEN`, else the one that Python's login wrote. */
  readonly token?: string | undefined;
  /** Default: `HF_HUB_CACHE`, else `HF_HOME/hub`. Not in a page. */
  readonly cacheFolder?: string | undefined;
  /** Ask nobody, take what is cached. Default: `HF_HUB_OFFLINE`. */
  readonly offline?: boolean | undefined;
  /** In place of the platform's own. */
  readonly fetch?: Fetch | undefined;
}

export interface OpenOptions extends HubOptions, WaitOptions {
  /** Milliseconds before the second try, doubled before each further one. Default 1000. */
  readonly pauseMs?: number | undefined;
  /** Told, in one line each, what is no error but worth knowing: a cached copy that answers for a hub that does not. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** A file that was had from a hub, its cache, or a folder like it. */
export interface HubFile {
  /** As errors call it: `owner/name/model.safetensors`. */
  readonly name: string;
  /** A path, in a page its bytes. */
  readonly source: string | Blob;
  /** The commit that it is part of; null for what has none. */
  readonly commit: string | null;
  /** UTF-8. @throws FileError if it is far too long for a text */
  text(): Promise<string>;
}

export interface Hub {
  /**
   * The file, from the cache where it is there and current; null if the repository has none of that name.
   * @throws HubError if it cannot be had; the signal's reason
   */
  file(repository: Repository, name: string): Promise<HubFile | null>;
  /**
   * A checkpoint as first released, checked by the digest in its name.
   * @throws HubError if it cannot be had
   */
  original(url: string): Promise<HubFile>;
  /** The same if it is cached; null otherwise. */
  keptOriginal(url: string): Promise<HubFile | null>;
  /**
   * A folder with the files of a repository: its config, and the first weights in timm's order.
   * @throws FileError if the config, or weights of any kind, are not there
   */
  folder(path: string): Promise<{ readonly config: HubFile; readonly weights: HubFile }>;
}
