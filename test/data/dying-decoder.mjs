// A decoder that loads, takes a job and dies.

import { parentPort } from "node:worker_threads";

parentPort.on("message", () => process.exit(3));
parentPort.postMessage({ kind: "ready" });
