// What `classify` and `embed` share: the pictures that the arguments name, one answer each, and the last line.

import { EffnetError, UnsupportedError } from "../errors.ts";
import type { Outcome } from "../model/ahead.ts";
import type { Model, PictureOptions } from "../model/model.ts";
import { openModelOrBuiltIn } from "./built-in.ts";
import { threadsOf } from "./network.ts";
import { counted, duration, grouped } from "./numbers.ts";
import type { PictureFlags } from "./options.ts";
import { type Out, openOut } from "./out.ts";
import { type Entry, listed } from "./paths.ts";
import { EXIT, type Session, told, Unavailable } from "./session.ts";
import { shownText } from "./style.ts";

/** What became of one picture. */
export type Answer<A> = { readonly file: string } & ({ readonly value: A } | { readonly error: string });

/** Takes the answers in the order of the pictures. */
export interface Sink<A> {
  each(answer: Answer<A>): Promise<void>;
  /** After the last; `isWhole` is false when the work was cut short. */
  end(isWhole: boolean): Promise<void>;
}

export interface Work<A> {
  /** Takes the place of the answers, every name that will come, and the model. */
  readonly sink: (out: Out, files: readonly string[], model: Model) => Sink<A>;
  readonly answers: (
    model: Model,
    files: readonly string[],
    options: PictureOptions,
  ) => AsyncIterable<Outcome<string, A>>;
}

/**
 * Answers every picture, tells each broken one on stderr, and says at the end what happened and what it cost.
 * @returns the exit code: 1 if any picture failed
 */
export async function answerPictures<A>(
  session: Session,
  args: readonly string[],
  flags: PictureFlags,
  work: Work<A>,
): Promise<number> {
  const { terminal, signal } = session;
  const entries = await listed(args, process.stdin);
  const out = await openOut(session, flags.out);
  const model = await openModelOrBuiltIn(session, flags).catch(async (error) => {
    await out.discard();
    throw error;
  });
  try {
    const { height, width } = model.transform(flags);
    const computed = `${flags.backend}, ${counted(threadsOf(flags), "thread")}`;
    terminal.note(
      `${counted(entries.length, "picture")} · ${model.architecture.name} at ${height}×${width} · ${computed}`,
    );

    const files = entries.filter(({ error }) => error === undefined).map(({ path }) => path);
    const names = entries.map(({ path }) => path);
    const sink = work.sink(out, names, model);
    const startMs = performance.now();
    const failures: string[] = [];
    let done = 0;
    let isWhole = false;
    try {
      const outcomes = work.answers(model, files, { ...flags, signal, onProgress: terminal.onProgress });
      for await (const answer of merged(entries, outcomes, flags.verbose ?? false)) {
        done++;
        if ("error" in answer) {
          failures.push(answer.error);
          terminal.problem(shownText(answer.error));
        }
        await sink.each(answer);
      }
      isWhole = true;
    } finally {
      await sink.end(isWhole);
      const ms = performance.now() - startMs;
      const so = isWhole
        ? counted(done, "picture")
        : `stopped after ${grouped(done)} of ${counted(entries.length, "picture")}`;
      const rate = `${Number(((done / ms) * 1000).toPrecision(2))} pictures/s`;
      terminal.note([`${so}${unreadable(failures)}`, duration(ms), rate, computed].join(" · "));
    }
    return failures.length > 0 ? EXIT.failed : EXIT.fine;
  } finally {
    await model.dispose();
  }
}

/** One answer per entry, in order: an entry's own error, or the next outcome. */
async function* merged<A>(
  entries: readonly Entry[],
  outcomes: AsyncIterable<Outcome<string, A>>,
  isVerbose: boolean,
): AsyncGenerator<Answer<A>> {
  const next = outcomes[Symbol.asyncIterator]();
  try {
    for (const { path: file, error } of entries) {
      if (error !== undefined) {
        yield { file, error: `${file}: ${error}` };
        continue;
      }
      const { value: outcome } = (await next.next()) as IteratorYieldResult<Outcome<string, A>>;
      if (outcome.value !== undefined) yield { file, value: outcome.value };
      // Not this picture's fault: the decoder is missing, and so it will be for the next.
      else if (outcome.error instanceof UnsupportedError) throw new Unavailable(outcome.error.message);
      else if (outcome.error instanceof EffnetError) yield { file, error: told(outcome.error, isVerbose) };
      else throw outcome.error;
    }
  } finally {
    await next.return?.();
  }
}

function unreadable(failures: readonly string[]): string {
  if (failures.length === 0) return "";
  return `, ${grouped(failures.length)} unreadable (${shownText(failures[0])}${failures.length > 1 ? " …" : ""})`;
}
