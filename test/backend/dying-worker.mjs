// A worker that serves until it is asked to run, then exits: what a crash in mid-run looks like.
import { parentPort } from "node:worker_threads";
import { serve } from "../../dist/backend/wasm/serve.js";

const handle = serve((answer, transfer) => parentPort.postMessage(answer, transfer));
parentPort.on("message", (request) => {
  if (request.kind === "run") process.exit(3);
  handle(request);
});
