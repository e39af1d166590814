import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Shard, type ShardItem, shardSamples } from "#effnet/data/tar.js";
import { bytesOf, makeShard, shardOf } from "./shard-maker.ts";

async function items(shard: Shard): Promise<ShardItem[]> {
  const all: ShardItem[] = [];
  for await (const item of shardSamples(shard)) all.push(item);
  return all;
}

/** `name:label:text`, or the error's message. */
const told = (item: ShardItem): string =>
  "error" in item ? item.error.message : `${item.name}:${item.label}:${new TextDecoder().decode(item.source)}`;

const sample = (key: string, label = 1) =>
  [
    [`${key}.jpg`, `picture ${key}`],
    [`${key}.cls`, String(label)],
  ] as const;

describe("a shard's samples", () => {
  test("are neighbours with one key; the extension is what follows the base name's first dot", async () => {
    const shard = await makeShard("s.tar", [
      ["a/b.JPG", "1"],
      ["a/b.cls", "3\n"],
      ["a/b.seg.png", "mask"],
      ["c.cls", "0"],
      ["c.json", "{}"],
      ["c.png", "2"],
    ]);
    expect((await items(shard)).map(told)).toEqual(["s.tar/a/b.jpg:3:1", "s.tar/c.png:0:2"]);
  });

  test("take jpg before png before webp", async () => {
    const shard = await makeShard("s.tar", [
      ["a.webp", "w"],
      ["a.png", "p"],
      ["a.jpg", "j"],
      ["a.cls", "0"],
    ]);
    expect((await items(shard)).map(told)).toEqual(["s.tar/a.jpg:0:j"]);
  });

  test("leave out metadata, hidden names and names without a dot", async () => {
    const names = ["__info__", "__meta__/x.jpg", ".hidden.jpg", "a/.hidden.jpg", "README"];
    const shard = await makeShard("s.tar", [...names.map((name) => [name, ""] as const), ...sample("a")]);
    expect((await items(shard)).map(told)).toEqual(["s.tar/a.jpg:1:picture a"]);
  });

  test("with long names are read", async () => {
    const key = `${"d".repeat(90)}/${"e".repeat(90)}/${"f".repeat(120)}`;
    expect((await items(await makeShard("s.tar", sample(key)))).map(told)).toEqual([
      `s.tar/${key}.jpg:1:picture ${key}`,
    ]);
  });

  test("are the same out of a compressed shard", async () => {
    const plain = await makeShard("s.tar", [...sample("a"), ...sample("b", 2)]);
    const packed = shardOf("s.tar.gz", gzipSync(await bytesOf(plain)));
    expect((await items(packed)).map(told)).toEqual(["s.tar.gz/a.jpg:1:picture a", "s.tar.gz/b.jpg:2:picture b"]);
  });

  test("that lack something, or have it twice, are errors in their place", async () => {
    const shard = await makeShard("s.tar", [
      ["a.jpg", "1"],
      ["b.cls", "1"],
      ["c.jpg", "1"],
      ["c.cls", "cat"],
      ["d.jpg", "1"],
      ["d.jpg", "2"],
      ["d.cls", "1"],
      ...sample("e"),
    ]);
    expect((await items(shard)).map(told)).toEqual([
      's.tar/a: expected a class index in ".cls", got no such member.',
      "s.tar/b: expected a picture (jpg, jpeg, png, webp, gif, tif, tiff, avif), got none.",
      's.tar/c: expected a class index in ".cls", got "cat".',
      's.tar/d: expected one member ".jpg" of this key, got several side by side.',
      "s.tar/e.jpg:1:picture e",
    ]);
  });
});

describe("a shard that is broken", () => {
  const whole = makeShard("s.tar", [...sample("a"), ...sample("b"), ...sample("c")]);

  test("by its end missing gives its whole samples, then an error", async () => {
    const cut = shardOf("s.tar", (await bytesOf(await whole)).subarray(0, 4 * 1024 + 600));
    const found = (await items(cut)).map(told);
    expect(found.slice(0, -1)).toEqual(["s.tar/a.jpg:1:picture a"]);
    expect(found.at(-1)).toMatch(/^s\.tar: the tar is broken or cut off \(.+\)\. Fetch it again\.$/);
  });

  test("anywhere never gives a wrong sample", async () => {
    const bytes = await bytesOf(await whole);
    const right = (await items(await whole)).map(told);
    const mutation = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        fc.nat(bytes.length),
        async (changes, end) => {
          const mutated = bytes.slice(0, end);
          for (const { at, value } of changes) if (at < end && isHeader(at)) mutated[at] = value;
          for (const item of await items(shardOf("s.tar", mutated)))
            if (!("error" in item)) expect(right).toContain(told(item));
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  test("by announcing a huge member takes no memory for it", async () => {
    const bytes = (await bytesOf(await whole)).slice();
    bytes.set(new TextEncoder().encode("77777777777\0"), 124); // the size field of the first header: 8 GB
    bytes.set(new TextEncoder().encode("        "), 148);
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    const [item] = await items(shardOf("s.tar", bytes));
    expect(told(item)).toContain('"a.jpg" announces 8589934591 bytes');
  });
});

/** Bodies have no checksum: only the headers' bytes, one of two blocks each, are changed. */
function isHeader(at: number): boolean {
  return Math.floor(at / 512) % 2 === 0;
}
