/** How many kinds of requests to one server are told apart: methods, statuses and errors together. */
const MOST_KINDS = 50;

/** The kinds of requests that were told of each server. A server chooses its statuses, and a script its methods. */
export class Variety {
  readonly #kinds = new Map<string, Set<string>>();

  /** Whether this kind was told before, or may be told besides. */
  has(server: string, kind: string): boolean {
    const kinds = this.#kinds.get(server) ?? new Set();
    this.#kinds.set(server, kinds);
    if (kinds.size < MOST_KINDS) kinds.add(kind);
    return kinds.has(kind);
  }
}
