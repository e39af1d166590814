// The onnx project's own checker and shape inference, of Debian's python3-onnx.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = `
import sys, onnx
from onnx import checker, shape_inference
for path in sys.argv[1:]:
    model = onnx.load(path)
    checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    known = {value.name for value in list(inferred.graph.value_info) + list(inferred.graph.output)}
    missing = [name for node in model.graph.node for name in node.output if name not in known]
    if missing: raise SystemExit(f"{path}: no shape for {missing}")
`;

/** Python's path; undefined, with the reason printed, where it or its onnx is missing. */
export function pythonWithOnnx(): string | undefined {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import onnx"], { stdio: "ignore" });
    return "/usr/bin/python3";
  } catch {
    console.warn("skipped: onnx's own checker is not here (Debian: apt-get install python3-onnx)");
    return undefined;
  }
}

/** Throws with onnx's words if it does not accept a file, or cannot tell the shape of some value. */
export function check(python: string, files: Readonly<Record<string, Uint8Array>>): void {
  const folder = mkdtempSync(join(tmpdir(), "effnet-onnx-"));
  try {
    const paths = Object.entries(files).map(([name, bytes]) => {
      const path = join(folder, `${name}.onnx`);
      writeFileSync(path, bytes);
      return path;
    });
    execFileSync(python, ["-c", PROGRAM, ...paths], { stdio: ["ignore", "ignore", "pipe"] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
