// Work done before it is asked for: bounded, and handed out in order.

/** The results of `job` for every item, in the items' order; up to `depth` jobs are under way. The first that fails ends it. */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  depth: number,
  job: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const started: Promise<R>[] = [];
  let index = 0;
  for await (const item of items) {
    const result = job(item, index++);
    result.catch(() => {}); // heard when its turn comes, if that still comes
    started.push(result);
    if (started.length >= depth) yield (await started.shift()) as R;
  }
  while (started.length > 0) yield (await started.shift()) as R;
}

/** The same items, of which up to `depth` are made while the reader works on the one before. */
export async function* madeAhead<T>(items: AsyncGenerator<T>, depth: number): AsyncGenerator<T, void, undefined> {
  const coming: Promise<IteratorResult<T>>[] = [];
  const order = (): void => {
    const step = items.next();
    step.catch(() => {}); // heard when its turn comes, if that still comes
    coming.push(step);
  };
  try {
    while (coming.length < depth) order();
    for (let step = await coming.shift(); step && !step.done; step = await coming.shift()) {
      order();
      yield step.value;
    }
  } finally {
    items.return(undefined).catch(() => {}); // ends after what is under way; the reader need not wait for that
  }
}
