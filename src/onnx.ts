// Entry point `effnet/onnx`: networks as ONNX files.

export { type Align, type ExportOptions, exportOnnx, type NetworkParts } from "./model/export-onnx.ts";
