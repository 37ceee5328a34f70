/** Who wants a name looked up: a run of a script, of which nothing counts but which one it is. The application is null. */
export type Asker = object;

/** A question that is out. */
export interface Query {
  /** Rejects with a LookupError. Nobody may ever hear of it after `cancel`. */
  readonly answer: Promise<readonly string[]>;
  /** Nobody wants the answer any more. False if it cannot be called back: then it takes its place until it is answered. */
  cancel(): boolean;
}

/** Asks for the addresses of a name. Does not throw. */
export type Ask = (hostname: string) => Query;

/** A lookup that somebody waits for. */
export interface PendingLookup {
  /** In the order of preference, at least one. */
  readonly addresses: Promise<readonly string[]>;
  /** Who waits does not want them any more: `addresses` may never settle. */
  leave(): void;
}
