// The optional peer of the onnx backend: what is said where it is not installed, and how a process with it ends.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { onnxruntime } from "../backend/onnx/runtime.ts";
import { effnet, pictures, TINY } from "../cli/effnet.ts";
import { outputOf } from "../node24.ts";
import { packed, root } from "./packed.ts";

const run = (code: string, cwd: string): Promise<string> =>
  outputOf(process.execPath, ["--no-warnings", "--input-type=module", "-e", code], { cwd });

test("without onnxruntime-node the error says the line that installs it, and auto takes wasm", async () => {
  const told = await run(
    `import { createModel } from "effnet";
     const options = { seed: 1, threads: 1 };
     await createModel("test_efficientnet", { ...options, backend: "onnx" }).catch(({ code, message }) => console.log(code, message));
     const model = await createModel("test_efficientnet", { ...options, backend: "auto" });
     const { shape } = await model.forward({ shape: [1, 32, 32, 3], data: new Float32Array(32 * 32 * 3) });
     console.log(...shape);
     await model.dispose();`,
    packed(),
  );
  expect(told).toBe(
    'unsupported backend "onnx": onnxruntime is not installed. Run npm install onnxruntime-node; or use backend "wasm".\n1 1000\n',
  );
});

test("the command line says it in one line, too", async () => {
  const cat = join(pictures, "cat.jpg");
  const { status, stdout, stderr } = await effnet(["classify", cat, ...TINY, "--backend", "onnx", "--quiet"]);
  expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
  expect(stderr).toMatch(
    /^effnet: backend "onnx": onnxruntime is not installed\. Run npm install onnxruntime-node.*\n$/,
  );
});

test.skipIf((await onnxruntime()) === undefined)(
  "a process ends by itself and well, its models disposed or not, a run under way or not",
  async () => {
    const main = pathToFileURL(`${root}dist/index.js`);
    for (const ending of ["", "await model.dispose();", "model.forward(x).catch(() => {}); await model.dispose();"]) {
      const told = await run(
        `import { createModel } from ${JSON.stringify(main)};
         const model = await createModel("test_efficientnet", { seed: 1, threads: 2, backend: "onnx" });
         const x = { shape: [1, 32, 32, 3], data: new Float32Array(32 * 32 * 3) };
         console.log(...(await model.forward(x)).shape);
         ${ending}`,
        root,
      );
      expect(told).toBe("1 1000\n");
    }
  },
);
