// POST a picture, get its classes as JSON: node examples/server.mjs NAME WEIGHTS [PORT]
//   curl --data-binary @cat.jpg http://127.0.0.1:8080/

import { createServer } from "node:http";
import { createModel } from "effnet";

const [name, weights, port = "8080"] = process.argv.slice(2);
const LIMIT_BYTES = 16 * 2 ** 20;
const model = await createModel(name, { weights });

const server = createServer(async (request, response) => {
  const answer = (status, value) =>
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    if (request.method !== "POST") return answer(405, { error: "POST the bytes of one picture" });
    const parts = [];
    let bytes = 0;
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      bytes += part.length;
      if (bytes > LIMIT_BYTES) return answer(413, { error: `expected at most ${LIMIT_BYTES} bytes` });
      parts.push(part);
    }
    answer(200, await model.classify(Buffer.concat(parts), { topK: 5, signal: gone.signal }));
  } catch (error) {
    if (!response.destroyed) answer(error.code === "file" ? 400 : 500, { error: error.message });
  }
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`)); // this machine only
