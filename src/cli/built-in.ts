// The network that comes with the package: what answers where neither a network nor weights are named.

import { fileURLToPath } from "node:url";
import type { OwnName } from "../architecture/own.ts";
import type { CreateOptions } from "../model/create.ts";
import type { Model } from "../model/model.ts";
import { openModel } from "./network.ts";
import type { NetworkFlags } from "./options.ts";
import type { Session } from "./session.ts";
import { shownText } from "./style.ts";

const NAME: OwnName = "effnet_cifar10";
const FILE = new URL("../../models/effnet_cifar10.safetensors", import.meta.url);
const THOUSAND = "For ImageNet's 1,000: --model NAME (effnet list)";

/** The model that the flags describe; the built-in one where they name it or nothing, which is then said. */
export async function openModelOrBuiltIn(
  session: Session,
  flags: NetworkFlags,
  wanted: Pick<CreateOptions, "classes" | "labels"> = {},
): Promise<Model> {
  const isBuiltIn = (flags.model ?? NAME) === NAME && flags.weights === undefined && flags.seed === undefined;
  if (!isBuiltIn) return openModel(session, flags, wanted);
  const { model: _, ...others } = flags; // the file says which network it is: the name's, pruned
  const model = await openModel(session, { ...others, weights: fileURLToPath(FILE) }, wanted);
  const classes = model.labels.map(shownText).join(", ");
  session.terminal.note(`${model.architecture.name} is built in and knows: ${classes}. ${THOUSAND}.`);
  return model;
}
