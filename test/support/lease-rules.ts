import type { Verdict } from "../../host/fleet/lease-server.ts";

/** What a server knows of one process and one limit. */
export interface Entry {
  readonly id: string;
  held: number;
  used: number;
  want: number;
  since: number;
  expires: number;
  number: number;
  demand: number;
  target: number;
  /** How many who have waited longer are to have a lease first. */
  ahead: number;
}

export interface Moment {
  readonly now: number;
  readonly turnMs: number;
  /** Whether leases can be given out. */
  readonly isQuiet: boolean;
}

/** The rules of the script that runs in Redis, once more: test/peers/lease-script.test.ts compares the two. */
export function judge(
  entries: readonly Entry[],
  mine: Entry,
  limit: number,
  { now, turnMs, isQuiet }: Moment,
): Verdict & { readonly could: number } {
  if (limit === 0) return { could: mine.want, granted: mine.want, giveUp: 0, others: 0 };
  for (const entry of entries) {
    entry.demand = Math.min(entry.used + entry.want, limit);
    entry.target = 0;
    entry.ahead = 0;
  }
  const wanting = entries.filter(({ demand }) => demand > 0);
  if (wanting.length > limit) takeTurns(wanting, limit, (since) => now - since < turnMs);
  else divide(wanting, limit);
  const free = entries.reduce((left, { held }) => left - held, limit);
  const reserved = now - mine.since < turnMs ? mine.ahead : 0;
  const missing = entries.filter(({ held, target }) => target > held);
  const sum = (some: readonly Entry[]) => some.reduce((total, { held, target }) => total + target - held, 0);
  const could = Math.max(0, Math.min(mine.want, mine.target - mine.held));
  return {
    could,
    granted: isQuiet ? 0 : Math.max(0, Math.min(could, free - reserved)),
    giveUp: giveUpOf(entries, mine, sum(missing) - free),
    others: sum(missing.filter((entry) => entry !== mine)),
  };
}

function takeTurns(wanting: Entry[], limit: number, isTurn: (since: number) => boolean): void {
  const rank = ({ held, since }: Entry): number => (held === 0 ? 1 : isTurn(since) ? 0 : 2);
  const order = wanting.toSorted((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (a.since === b.since) return a.id < b.id ? -1 : 1;
    return rank(a) === 2 ? b.since - a.since : a.since - b.since;
  });
  let ahead = 0;
  for (const entry of order.slice(0, limit)) {
    Object.assign(entry, { target: 1, ahead });
    if (entry.held === 0) ahead++;
  }
}

function divide(wanting: Entry[], limit: number): void {
  const fair = Math.ceil(limit / wanting.length);
  const order = wanting.toSorted((a, b) => {
    const difference = Math.min(a.demand, fair) - Math.min(b.demand, fair);
    return difference || a.held - b.held || (a.id < b.id ? -1 : 1);
  });
  let left = limit;
  for (const [index, entry] of order.entries()) {
    entry.target = Math.min(entry.demand, Math.floor(left / (order.length - index)));
    left -= entry.target;
  }
  for (const entry of order.toReversed()) {
    const more = Math.min(left, entry.demand - entry.target);
    entry.target += more;
    left -= more;
  }
}

function giveUpOf(entries: readonly Entry[], mine: Entry, lack: number): number {
  const excess = entries.filter(({ held, target }) => held > target);
  const order = excess.toSorted((a, b) => b.held - b.used - (a.held - a.used) || (a.id < b.id ? -1 : 1));
  let left = lack;
  for (const entry of order) {
    const part = Math.max(0, Math.min(entry.held - entry.target, left));
    if (entry === mine) return part;
    left -= part;
  }
  return 0;
}
