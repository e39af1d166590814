// `effnet embed`: the vector before the classifier of each picture, as JSON or as one tensor in a safetensors file.

import { Command } from "commander";
import type { Tensor } from "../tensor.ts";
import { type PictureFlags, withNetwork, withPictures, withSession } from "./options.ts";
import type { Out } from "./out.ts";
import { type Answer, answerPictures, type Sink } from "./pictures.ts";
import type { Run } from "./session.ts";
import { answerPart, SHARD_HELP, type ShardFlags, withShard } from "./shard.ts";

const EXAMPLES = `
Examples:
  effnet embed photos/ --model efficientnet_b0 > photos.jsonl
  effnet embed photos/ --weights mine.safetensors --out photos.safetensors

A .safetensors file holds the tensor "embeddings" [pictures, channels] and, in its metadata under "effnet.files", the
names as a JSON array; pictures that cannot be read are left out of it.`;

export function embedCommand(run: Run): Command {
  const command = new Command("embed")
    .description("Turn pictures into vectors: the pooled features before the classifier.")
    .argument("<paths...>", "pictures, folders, globs, or - for a list on stdin");
  withPictures(withNetwork(command))
    .optionsGroup("Answer (on stdout):")
    .option("--json", "one JSON array instead of one JSON object a line")
    .option("-o, --out <file>", "write to a file (.safetensors, .json, else JSON lines); it appears when it is whole");
  return withSession(withShard(command))
    .addHelpText("after", EXAMPLES + SHARD_HELP)
    .action((paths: string[], flags: PictureFlags & ShardFlags) =>
      run(flags, async (session) => {
        if (flags.shard !== undefined) {
          const { embedPart } = await import("../run/pictures-part.ts");
          return answerPart(session, paths, flags, embedPart);
        }
        return answerPictures(session, paths, flags, {
          answers: (model, files, options) => model.embedEach(files, options),
          sink: (out, _, model) => {
            if (flags.out?.endsWith(".safetensors")) return tensorSink(out, model.architecture.name);
            const isArray = flags.json || flags.out?.endsWith(".json");
            return jsonSink(out, isArray ? ["[\n", ",\n", "\n]\n"] : ["", "\n", "\n"]);
          },
        });
      }),
    );
}

function jsonSink(out: Out, [first, between, last]: readonly [string, string, string]): Sink<Tensor> {
  let separator = first;
  let isEmpty = true;
  return {
    each: async (answer) => {
      await out.write(separator + JSON.stringify(record(answer)));
      separator = between;
      isEmpty = false;
    },
    end: (isWhole) => out.end(isEmpty ? (first === "" ? "" : "[]\n") : last, isWhole),
  };
}

function record(answer: Answer<Tensor>): object {
  if ("error" in answer) return answer;
  // Nine digits tell every float32 from its neighbours.
  return { file: answer.file, embedding: Array.from(answer.value.data, (x) => Number(x.toPrecision(9))) };
}

function tensorSink(out: Out, model: string): Sink<Tensor> {
  const files: string[] = [];
  const vectors: Tensor[] = [];
  return {
    each: async (answer) => {
      if ("error" in answer) return; // told on stderr
      files.push(answer.file);
      vectors.push(answer.value);
    },
    end: async (isWhole) => {
      if (!isWhole) return out.discard();
      const { writeSafetensors } = await import("../weights/safetensors.ts");
      const channels = vectors[0]?.shape[0] ?? 0;
      const data = new Float32Array(vectors.length * channels);
      for (const [i, vector] of vectors.entries()) data.set(vector.data, i * channels);
      const embeddings = { dtype: "F32", shape: [vectors.length, channels], data } as const;
      const metadata = new Map([
        ["effnet.files", JSON.stringify(files)],
        ["effnet.model", model],
      ]);
      await out.write(writeSafetensors(new Map([["embeddings", embeddings]]), { metadata }));
      await out.end("", isWhole);
    },
  };
}
