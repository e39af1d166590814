// Fetches one file of a hub, as its own process: node hub-child.mjs OWNER/NAME FILE. Prints path and bytes reported.

import { openHub } from "#effnet/weights/hub/hub.node.js";
import { repositoryOf } from "#effnet/weights/hub/repository.js";

const [, , id, name] = process.argv;
const hub = await openHub({
  onWarning: (line) => console.error(line),
  onProgress: ({ done }) => console.error(`at ${done}`),
});
try {
  const file = await hub.file(repositoryOf(id), name);
  console.log(file.source);
} catch (error) {
  console.error(error.message);
  process.exitCode = 3;
}
