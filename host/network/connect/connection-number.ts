import type { Duplex } from "node:stream";

const numbers = new WeakMap<Duplex, number>();
let last = 0;

/** The number by which messages name a connection. No two of the process have the same. */
export function numberOf(connection: Duplex): number {
  const known = numbers.get(connection);
  if (known !== undefined) return known;
  numbers.set(connection, ++last);
  return last;
}
