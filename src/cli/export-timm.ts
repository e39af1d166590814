// `effnet export --for timm`: a state dict under timm's names, and where the widths are not those of a network of timm's the
// shape text that timm makes them from.

import { basename, extname } from "node:path";
import { timmNetworkOf } from "../architecture/timm-network.ts";
import { UnsupportedError, UsageError } from "../errors.ts";
import { writeWhole } from "../run/partial.ts";
import { readExportSource } from "./export-source.ts";
import type { Export } from "./export-target.ts";
import { shownText } from "./style.ts";
import { timmLines } from "./timm-lines.ts";

export const exportForTimm: Export = async (session, source, out, flags) => {
  if (extname(out).toLowerCase() !== ".safetensors") {
    throw new UsageError("out", `expected a name that ends with .safetensors, got ${shownText(out)}.`);
  }
  const { architecture, bytes } = await readExportSource(session, source, flags);
  const network = timmNetworkOf(architecture);
  if (network === null) {
    const what = `timm has no network with the blocks of ${architecture.name}.`;
    throw new UnsupportedError(
      `${what} It can take other widths, not other depths or kernels; ONNX takes every network.`,
    );
  }
  const shapes = out.replace(/\.safetensors$/i, ".shapes.txt");
  await writeWhole(out, bytes, session.signal);
  if (network.shapes !== null) await writeWhole(shapes, network.shapes, session.signal);
  for (const line of timmLines(network, architecture, basename(out), basename(shapes))) session.terminal.note(line);
  const remarks =
    network.shapes === null ? [`timm's ${network.name}`] : [`timm's ${network.name}, widths of ${shownText(shapes)}`];
  return { bytes: bytes.length, architecture: architecture.name, remarks };
};
