// onnxruntime-web in Node: its WebAssembly build, threads on.

import ort from "onnxruntime-web";
import { openWith } from "./onnxruntime.mjs";

export const open = (row) =>
  openWith(ort, ort.env.versions.web, row, (threads) => {
    ort.env.wasm.numThreads = threads;
    return { executionProviders: ["wasm"] };
  });
