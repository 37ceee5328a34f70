/**
 * Who wants to look a name up. For a run of a script it is any object that identifies the run. The application is null.
 */
export type Asker = object;

/** A question that was sent. */
export interface Query {
  /** Rejects with a LookupError. After `cancel` it may never settle. */
  readonly answer: Promise<readonly string[]>;
  /** Cancels it. Returns false if it cannot be cancelled. Then it needs its place until the answer comes. */
  cancel(): boolean;
}

/** Asks for the addresses of a name. Does not throw. */
export type Ask = (hostname: string) => Query;

/** A lookup that somebody waits for. */
export interface PendingLookup {
  /** At least one, in the order of preference. */
  readonly addresses: Promise<readonly string[]>;
  /** Stops waiting. After this, `addresses` may never settle. */
  leave(): void;
}
