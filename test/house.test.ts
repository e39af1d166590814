// The house and its rooms: who may import whom. Reads every import in src/ and refuses a wrong one, naming room, file
// and allowed list; refuses cycles; keeps Node and packages where they belong.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Files that every room may import. */
const GROUND = ["errors.ts", "tensor.ts", "random.ts", "progress.ts"];

interface Rule {
  /** Rooms it may import, besides itself and the ground. */
  readonly may: readonly string[];
  /** Rooms of which it may import types. */
  readonly mayTypes?: readonly string[];
  /** Rooms that only these of its files may import. */
  readonly onlyFrom?: Readonly<Record<string, readonly string[]>>;
}

const BELOW_MODEL = ["architecture", "image", "weights", "graph", "backend"];
const BELOW_TRAINING = [...BELOW_MODEL, "model", "data"];

/** Arrows point down; floors may be skipped; never up, never sideways. */
// biome-ignore format: columns
const ROOMS: Readonly<Record<string, Rule>> = {
  architecture: { may: [] },
  image:        { may: [] },
  weights:      { may: ["architecture"] },
  graph:        { may: [], mayTypes: ["architecture"], onlyFrom: { architecture: ["graph/build.ts"] } },
  backend:      { may: ["graph"] },
  model:        { may: BELOW_MODEL },
  data:         { may: ["image"] },
  training:     { may: BELOW_TRAINING },
  pruning:      { may: [...BELOW_TRAINING, "training"] },
  run:          { may: ["weights", "image"], mayTypes: ["model", "training", "pruning"] },
  cli:          { may: [...BELOW_TRAINING, "training", "pruning", "run"] },
};

/** Sub-rooms that share a contract and do not know each other. */
const STRANGERS = ["backend/reference", "backend/wasm", "backend/onnx", "backend/webgpu"];

/** What an entry point may open to users, by file. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  "index.ts": [...BELOW_MODEL, "model"],
  "onnx.ts": ["model"],
};

/** Which room may import a package. */
const PACKAGES: Readonly<Record<string, string>> = {
  commander: "cli",
  "modern-tar": "data",
  "onnxruntime-node": "backend",
  sharp: "image",
  tinyglobby: "cli",
  undici: "weights",
};

/** An import as written: what, and whether only types are taken. */
interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

/** `src/`-relative paths to their text. */
type Files = ReadonlyMap<string, string>;

function sources(): Files {
  const src = join(ROOT, "src");
  const names = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(names.map((name) => [name.split(sep).join("/"), readFileSync(join(src, name), "utf8")]));
}

/** Every import of a file: static, re-exported, dynamic, in a type, and workers by `new URL(…, import.meta.url)`. */
function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (node !== undefined && ts.isStringLiteral(node)) found.push({ specifier: node.text, isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : undefined;
      const areTypes = named !== undefined && named.length > 0 && named.every((element) => element.isTypeOnly);
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || areTypes);
    } else if (ts.isExportDeclaration(node)) {
      const named =
        node.exportClause !== undefined && ts.isNamedExports(node.exportClause)
          ? node.exportClause.elements
          : undefined;
      add(node.moduleSpecifier, node.isTypeOnly || (named?.every((element) => element.isTypeOnly) ?? false));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

const SUBPATHS: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(
    JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).imports as Record<string, unknown>,
  ).filter((entry): entry is [string, Record<string, string>] => typeof entry[1] === "object"),
);

/** The files of src/ that an import means: one, or one per platform for `#decode` and its like; none for a package. */
function targets(file: string, specifier: string): string[] {
  if (specifier.startsWith("#")) {
    return Object.values(SUBPATHS[specifier] ?? {}).map((built) =>
      built.replace("./dist/", "").replace(/\.js$/, ".ts"),
    );
  }
  return specifier.startsWith(".") ? [join(dirname(file), specifier).split(sep).join("/")] : [];
}

function roomOf(file: string): string {
  return file.includes("/") ? file.split("/")[0] : file;
}

/** Every import that the table forbids, one line each. */
function wrongImports(files: Files): string[] {
  const wrong: string[] = [];
  for (const [file, text] of files) {
    const room = roomOf(file);
    for (const { specifier, isTypeOnly } of importsOf(file, text)) {
      const refusal =
        specifier.startsWith(".") || specifier.startsWith("#")
          ? targets(file, specifier)
              .map((target) => refusedFile(file, target, isTypeOnly))
              .find((line) => line !== null)
          : refusedPackage(file, room, specifier, isTypeOnly);
      if (refusal) wrong.push(`room ${room}: src/${file} imports "${specifier}": ${refusal}`);
      if (specifier.startsWith("#") && SUBPATHS[specifier] === undefined)
        wrong.push(`src/${file}: "${specifier}" is not in package.json`);
    }
  }
  return wrong;
}

function refusedFile(file: string, target: string, isTypeOnly: boolean): string | null {
  const [room, other] = [roomOf(file), roomOf(target)];
  if (room === other && room !== file) {
    const [mine, theirs] = [file, target].map((path) => STRANGERS.find((stranger) => path.startsWith(`${stranger}/`)));
    return mine !== undefined && theirs !== undefined && mine !== theirs
      ? `${mine} and ${theirs} do not know each other`
      : null;
  }
  if (GROUND.includes(target)) return null;
  if (GROUND.includes(file)) return "ground files import only ground files";
  if (file in ENTRIES) return ENTRIES[file].includes(other) ? null : `the entry may open ${ENTRIES[file].join(", ")}`;
  const rule = ROOMS[room];
  if (rule === undefined) return `no room of the house is called ${room}`;
  const typed = isTypeOnly ? (rule.mayTypes ?? []) : [];
  if ([...rule.may, ...typed].includes(other) || rule.onlyFrom?.[other]?.includes(file)) return null;
  const allowed = [
    ...rule.may,
    ...(rule.mayTypes ?? []).map((name) => `types of ${name}`),
    ...Object.entries(rule.onlyFrom ?? {}).map(([name, from]) => `${name} in ${from.join(", ")}`),
  ];
  return `may import the ground and ${allowed.join(", ") || "nothing"}`;
}

function refusedPackage(file: string, room: string, specifier: string, isTypeOnly: boolean): string | null {
  if (specifier.startsWith("node:")) {
    const isAllowed = file.endsWith(".node.ts") || room === "cli" || room === "run";
    return isAllowed || isTypeOnly ? null : "node: may be imported in *.node.ts, src/cli and src/run";
  }
  const owner = PACKAGES[specifier];
  return owner === room
    ? null
    : `packages: ${Object.entries(PACKAGES)
        .map(([name, of]) => `${name} in ${of}`)
        .join(", ")}`;
}

/** The first cycle of imports found, as `a → b → a`; null if there is none. */
function cycle(files: Files): string | null {
  const isDone = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string | null => {
    if (isDone.has(file) || !files.has(file)) return null;
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(" → ");
    path.push(file);
    for (const { specifier } of importsOf(file, files.get(file) as string)) {
      for (const target of targets(file, specifier)) {
        const found = visit(target);
        if (found !== null) return found;
      }
    }
    path.pop();
    isDone.add(file);
    return null;
  };
  for (const file of files.keys()) {
    const found = visit(file);
    if (found !== null) return found;
  }
  return null;
}

describe("the house", () => {
  const files = sources();

  test("no file imports what its room may not know", () => {
    expect(wrongImports(files)).toEqual([]);
  });

  test("no file imports itself by a detour", () => {
    expect(cycle(files)).toBe(null);
  });

  test("every import of a file of ours leads to one", () => {
    const missing = [...files].flatMap(([file, text]) =>
      importsOf(file, text).flatMap(({ specifier }) =>
        targets(file, specifier)
          .filter((target) => !files.has(target))
          .map((target) => `src/${file} → src/${target}`),
      ),
    );
    expect(missing).toEqual([]);
  });

  test("every room has a README of at least three sentences", () => {
    const rooms = [...new Set([...files.keys()].filter((file) => file.includes("/")).map(roomOf))];
    const silent = rooms.filter((room) => {
      const readme = join(ROOT, "src", room, "README.md");
      return !existsSync(readme) || (readFileSync(readme, "utf8").match(/[.!?](\s|$)/g) ?? []).length < 3;
    });
    expect(silent).toEqual([]);
  });

  test("src/ holds the rooms of the table, ground files and entries, and nothing else", () => {
    const known = [...Object.keys(ROOMS), ...GROUND, ...Object.keys(ENTRIES)];
    expect([...new Set([...files.keys()].map(roomOf))].filter((room) => !known.includes(room))).toEqual([]);
  });
});

describe("the watchman", () => {
  const judged = (file: string, text: string): string[] => wrongImports(new Map([[file, text]]));

  test.each([
    ["image/resize.ts", 'import { layers } from "../architecture/layers.ts";', "room image: src/image/resize.ts"],
    ["weights/read.ts", 'export * from "../graph/ops.ts";', "may import the ground and architecture"],
    ["graph/passes.ts", 'import { layers } from "../architecture/layers.ts";', "architecture in graph/build.ts"],
    ["backend/wasm/wasm.ts", 'import { conv } from "../reference/convolution.ts";', "do not know each other"],
    [
      "model/model.ts",
      'await import("../cli/main.ts");',
      "may import the ground and architecture, image, weights, graph, backend",
    ],
    ["model/model.ts", 'import { readFileSync } from "node:fs";', "*.node.ts"],
    ["architecture/rows.ts", 'import sharp from "sharp";', "sharp in image"],
    ["graph/ops.ts", 'import { decode } from "#decode";', "room graph"],
    ["tensor.ts", 'import { layers } from "./architecture/layers.ts";', "ground files"],
    ["run/folder.ts", 'import { train } from "../training/train.ts";', "types of training"],
  ])("refuses in %s: %s", (file, text, part) => {
    expect(judged(file, text)).toEqual([expect.stringContaining(part)]);
  });

  test.each([
    ["graph/build.ts", 'import { layers } from "../architecture/layers.ts";'],
    ["graph/ops.ts", 'import type { Activation } from "../architecture/architecture.ts";'],
    ["run/folder.ts", 'import { type StepReport } from "../training/train.ts";'],
    ["model/source.node.ts", 'import { open } from "node:fs/promises";'],
    ["cli/main.ts", 'import { Command } from "commander"; await import("../model/create.ts");'],
  ])("lets %s pass: %s", (file, text) => {
    expect(judged(file, text)).toEqual([]);
  });

  test("sees a cycle through a dynamic import", () => {
    const files = new Map([
      ["graph/a.ts", 'import "./b.ts";'],
      ["graph/b.ts", 'export const b = () => import("./a.ts");'],
    ]);
    expect(cycle(files)).toBe("graph/a.ts → graph/b.ts → graph/a.ts");
  });
});
