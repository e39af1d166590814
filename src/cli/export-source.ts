// The file that `export` takes to timm or the hub: its network, and its tensors as timm wants them.

import type { Architecture, PretrainedConfig } from "../architecture/architecture.ts";
import { UsageError } from "../errors.ts";
import type { Description } from "../weights/metadata.ts";
import type { Session } from "./session.ts";
import { shownText } from "./style.ts";

export interface ExportSource {
  readonly architecture: Architecture;
  readonly config: PretrainedConfig;
  readonly description: Description;
  /** A safetensors file under timm's names; for effnet it says what it is. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @throws Unavailable if it cannot be read; UsageError if it does not say what it is and `model` does not either */
export async function readExportSource(
  session: Session,
  source: string,
  { model, half }: { readonly model?: string; readonly half?: true },
): Promise<ExportSource> {
  const { readStored } = await import("./stored.ts");
  const { adapt } = await import("../weights/adapt.ts");
  const { descriptionMetadata } = await import("../weights/metadata.ts");
  const { writeSafetensors } = await import("../weights/safetensors.ts");
  const { stateDictFrom, storedFrom } = await import("../weights/state-dict.ts");
  const { name, tensors, description } = await readStored(session, source, model);
  const { architecture, config } = description;
  if (architecture === undefined || config === undefined) {
    throw new UsageError("--model", `${shownText(source)} does not say which network it holds. Name it.`);
  }
  const stateDict = adapt(stateDictFrom(tensors), architecture, { file: name });
  const options = { metadata: descriptionMetadata(description), ...(half ? ({ half: "F16" } as const) : {}) };
  return { architecture, config, description, bytes: writeSafetensors(storedFrom(stateDict), options) };
}
