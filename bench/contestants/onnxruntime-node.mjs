// onnxruntime-node: native code. An optional dependency of bench/, not installed by default (`npm --prefix bench ci`).

import ort from "onnxruntime-node";
import { openWith } from "./onnxruntime.mjs";

export const open = (row) => openWith(ort, ort.env.versions.node, row, (threads) => ({ intraOpNumThreads: threads }));
