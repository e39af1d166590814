// An engine's thread in Node: a worker's port connected to `serve`.

import { parentPort } from "node:worker_threads";
import { assert } from "../../errors.ts";
import type { Request } from "./messages.ts";
import { serve } from "./serve.ts";

assert(parentPort !== null, "worker.node.js is started as a worker only");
const port = parentPort;
const handle = serve((answer, transfer) => port.postMessage(answer, transfer));
port.on("message", (request: Request) => handle(request));
