// What the compiler tells a user about names and answers. This file is compiled by its last test; the calls never run.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, expectTypeOf, test } from "vitest";
import {
  createModel,
  type Feature,
  listModels,
  type Model,
  type ModelName,
  type ModelTag,
  type Prediction,
  type StateDict,
  type Tensor,
} from "#effnet/index.js";

const never = (_: () => unknown): void => {};

test("names and tags are unions; a slip of the hand does not compile, a name known at run time does", () => {
  never(() => createModel("efficientnet_b1_pruned"));
  never(() => createModel("efficientnet_b0.ra4_e3600_r224_in1k", { threads: 2 }));
  never(() => createModel("hf-hub:owner/name@v1"));
  never(() => createModel("local-dir:weights"));
  // @ts-expect-error no such network
  never(() => createModel("efficientnet_b1_prunned"));
  // @ts-expect-error a hub's name has an owner
  never(() => createModel("hf-hub:name"));
  // @ts-expect-error no such tag
  never(() => createModel("efficientnet_b0.ra_in1"));
  // @ts-expect-error never published
  never(() => createModel("efficientnet_b8.untrained"));
  never((name = "typed by a person" as string) => createModel(name));
  never((name: ModelName | ModelTag = "efficientnet_b0") => createModel(name));
  expectTypeOf<"efficientnet_b9">().not.toExtend<ModelName>();
  expectTypeOf<"tf_efficientnetv2_b0.in1k">().toExtend<ModelTag>();
});

test("listing gives names that create takes", () => {
  expectTypeOf(listModels("*_pruned")).toEqualTypeOf<ModelName[]>();
  expectTypeOf(listModels("*", { pretrained: true })).toEqualTypeOf<ModelTag[]>();
  never(() => createModel(listModels()[0]));
  never(() => createModel(listModels("*", { pretrained: true })[0]));
});

test("weights may be a source or a state dict; a list of bytes is neither", () => {
  never((weights: string | URL | Uint8Array | Blob | StateDict = "b0.safetensors") => createModel({ weights }));
  // @ts-expect-error a list of numbers
  never(() => createModel({ weights: [1, 2, 3] }));
  // @ts-expect-error no such backend
  never(() => createModel("efficientnet_b0", { backend: "webgpu" }));
});

test("one picture gives one answer, a list of pictures a list of answers", () => {
  expectTypeOf<Model["classify"]>().toExtend<(input: string) => Promise<Prediction[]>>();
  expectTypeOf<Model["classify"]>().toExtend<(inputs: readonly string[]) => Promise<Prediction[][]>>();
  expectTypeOf<Model["embed"]>().toExtend<(input: Uint8Array) => Promise<Tensor>>();
  expectTypeOf<Model["features"]>().returns.resolves.toEqualTypeOf<Feature[]>();
});

test("the claims above hold for the compiler", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const { config } = ts.readConfigFile(`${root}tsconfig.test.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const file = fileURLToPath(import.meta.url);
  const program = ts.createProgram([file], options);
  const diagnostics = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
  expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
});
