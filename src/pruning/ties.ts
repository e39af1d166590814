// Union-find: things that are tied to each other, directly or by others, make one class.

interface Class<T> {
  readonly root: number;
  readonly members: readonly T[];
}

/** Nodes are numbers, in the order they were added; `null` stands for something that no class lists. */
export class Ties<T> {
  readonly #things: (T | null)[] = [];
  readonly #parents: number[] = [];

  add(thing: T | null): number {
    this.#things.push(thing);
    return this.#parents.push(this.#parents.length) - 1;
  }

  /** Makes one class of two; the earlier node speaks for it. */
  tie(one: number, other: number): number {
    const [first, second] = [this.root(one), this.root(other)];
    const root = Math.min(first, second);
    this.#parents[Math.max(first, second)] = root;
    return root;
  }

  /** The node that speaks for the class of `node`: its first. */
  root(node: number): number {
    let at = node;
    while (this.#parents[at] !== at) {
      this.#parents[at] = this.#parents[this.#parents[at]]; // half the path for whoever comes next
      at = this.#parents[at];
    }
    return at;
  }

  /** Classes in order of their first node, members in the order they were added. */
  classes(): Class<T>[] {
    const members = new Map<number, T[]>();
    this.#things.forEach((thing, node) => {
      if (thing === null) return;
      const root = this.root(node);
      const known = members.get(root);
      if (known === undefined) members.set(root, [thing]);
      else known.push(thing);
    });
    return Array.from(members, ([root, list]) => ({ root, members: list }));
  }
}
