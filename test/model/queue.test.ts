// The order of calls, what an abort leaves behind, work ahead of its use, and the cache of executables.

import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Ahead } from "#effnet/model/ahead.js";
import { answers } from "#effnet/model/answers.js";
import { Executables } from "#effnet/model/executables.js";
import { Queue } from "#effnet/model/queue.js";

describe("the queue", () => {
  test("runs tasks one at a time, in the order of the calls, whatever each takes", async () => {
    const queue = new Queue();
    const events: string[] = [];
    const task = (name: string, ms: number) => async () => {
      events.push(`${name} begins`);
      await wait(ms);
      events.push(`${name} ends`);
    };
    await Promise.all([queue.run(task("slow", 20)), queue.run(task("quick", 0))]);
    expect(events).toEqual(["slow begins", "slow ends", "quick begins", "quick ends"]);
  });

  test("a failed task rejects its own call and no other", async () => {
    const queue = new Queue();
    const failed = queue.run(async () => {
      throw new Error("broken");
    });
    const fine = queue.run(async () => 7);
    await expect(failed).rejects.toThrow("broken");
    expect(await fine).toBe(7);
  });

  test("aborting rejects at once with the signal's reason; a waiting task never starts; the next call answers", async () => {
    const queue = new Queue();
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    let isStarted = false;
    let isEnded = false;
    const running = queue.run(async () => {
      await wait(30);
      isEnded = true;
    }, controller.signal);
    const waiting = queue.run(async () => {
      isStarted = true;
    }, controller.signal);
    const next = queue.run(async () => isEnded);
    await wait(5); // the first task is under way
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(isEnded).toBe(false); // the call gave up before the task was over
    expect(await next).toBe(true); // and the next one waited until it was
    expect(isStarted).toBe(false);
    await expect(queue.run(async () => 1, controller.signal)).rejects.toBe(reason);
  });

  test("closing refuses what runs, what waits and what comes", async () => {
    const queue = new Queue();
    const reason = new Error("closed");
    const running = queue.run(() => wait(10));
    const waiting = queue.run(async () => 1);
    queue.close(reason);
    for (const call of [running, waiting, queue.run(async () => 2)]) await expect(call).rejects.toBe(reason);
  });
});

describe("answers", () => {
  const double = async (batch: readonly number[]): Promise<number[]> => batch.map((n) => n * 2);
  const prepare = async (n: number): Promise<number> => {
    await wait((n * 7) % 5);
    if (n === 3) throw new Error("3 is broken");
    return n;
  };

  test("come in the order of the inputs, broken ones at their place, and batches are full", async () => {
    const sizes: number[] = [];
    const compute = (batch: readonly number[]): Promise<number[]> => {
      sizes.push(batch.length);
      return double(batch);
    };
    const seen: unknown[] = [];
    for await (const { item, value, error } of answers(new Ahead([1, 2, 3, 4, 5, 6], 4, prepare), 2, compute)) {
      seen.push(value ?? `${item}: ${(error as Error).message}`);
    }
    expect(seen).toEqual([2, 4, "3: 3 is broken", 8, 10, 12]);
    expect(sizes).toEqual([2, 2, 1]);
  });

  test("never prepare more than the given depth ahead, and take endless lists", async () => {
    let started = 0;
    let taken = 0;
    let most = 0;
    let isClosed = false;
    function* naturals(): Generator<number> {
      try {
        for (let n = 10; ; n++) yield n;
      } finally {
        isClosed = true;
      }
    }
    const job = async (n: number): Promise<number> => {
      most = Math.max(most, ++started - taken);
      return n;
    };
    for await (const _ of answers(new Ahead(naturals(), 4, job), 1, double)) {
      if (++taken === 50) break;
    }
    expect(most).toBeLessThanOrEqual(6); // 4 ahead, 1 in the batch, 1 answered and not yet counted
    expect(isClosed).toBe(true);
  });

  test("a list that is read asynchronously works, an error of the list itself ends it", async () => {
    async function* list(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw new Error("the list broke");
    }
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { value } of answers(new Ahead(list(), 2, prepare), 1, double)) seen.push(value as number);
    })();
    await expect(reading).rejects.toThrow("the list broke");
    expect(seen).toEqual([2, 4]);
  });

  test("an abort ends them between two batches with its reason", async () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const { item } of answers(new Ahead([1, 2, 4], 2, prepare), 1, double, controller.signal)) {
        seen.push(item);
        controller.abort(new Error("enough"));
      }
    })();
    await expect(reading).rejects.toThrow("enough");
    expect(seen).toEqual([1]);
  });
});

test("the cache keeps the executables used last and disposes of the others", async () => {
  const disposed: string[] = [];
  const compiled: string[] = [];
  const cache = new Executables(2);
  const get = (key: string) =>
    cache.get(key, async () => {
      compiled.push(key);
      return { run: async () => ({}), dispose: async () => void disposed.push(key) };
    });
  for (const key of ["a", "b", "a", "c", "a", "b"]) await get(key);
  expect(compiled).toEqual(["a", "b", "c", "b"]);
  expect(disposed).toEqual(["b", "c"]);
});
