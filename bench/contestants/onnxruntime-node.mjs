// onnxruntime-node: native code.

import ort from "onnxruntime-node";
import { openWith } from "./onnxruntime.mjs";

export const open = (row) => openWith(ort, ort.env.versions.node, row, (threads) => ({ intraOpNumThreads: threads }));
