import { Fifo, Link } from "../../collections/fifo.ts";
import { type Ranked, Ranking } from "../../collections/ranking.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import { laneKey } from "./lane-key.ts";

/** What scripts together do not leave to others: one script may hold this share of a limit, and at least 1. */
const MOST_SHARE = 1 / 2;

/** Whoever wants a connection. */
export interface Sharer {
  readonly needs: {
    readonly asker: AskingRun | null;
    readonly destination: { readonly key: string; readonly hostKey: string };
    readonly tenancy: string | null;
    readonly isFresh: boolean;
  };
  /** The share in which it counts; null if it counts in none. Only `Shares` writes it. */
  share: HostShare | null;
}

/** A script. */
interface Party {
  readonly key: number;
  held: number;
  readonly hosts: Map<string, HostShare>;
  /** Hosts at which it may have one more, and for which somebody waits. */
  readonly order: Ranking<HostShare>;
  isOpening: boolean;
}

interface Waiting {
  readonly sharer: Sharer;
  readonly arrival: number;
  /** Among those who could share a connection. */
  readonly inLane: Link<Sharer>;
}

/** What one script holds at one host. */
export class HostShare implements Ranked {
  readonly party: Party;
  readonly key: string;
  held = 0;
  readonly waiting = new Fifo<Waiting>();
  /** The arrival of the first one that waits, if the script may have one more here. */
  rank = Number.POSITIVE_INFINITY;
  heldRank = Number.POSITIVE_INFINITY;

  constructor(party: Party, key: string) {
    this.party = party;
    this.key = key;
  }
}

/**
 * The shares of scripts in the connections of a pool. A call that would be more than its script's share does not wait
 * among those that wait for connections, so it keeps nobody from one. But it may use one that counts for another call.
 */
export class Shares {
  readonly #most: number;
  readonly #mostAtHost: number;
  readonly #onTurn: (sharer: Sharer) => void;
  readonly #parties = new Map<number, Party>();
  readonly #waiting = new Map<Sharer, Link<Waiting>>();
  /** By the keys of lanes, those who wait and could share a connection. */
  readonly #lanes = new Map<string, Fifo<Sharer>>();
  #arrivals = 0;

  /** The limits are those of the pool. @param onTurn Called when one that had to wait may ask for a connection */
  constructor(maxTotal: number, maxHost: number, onTurn: (sharer: Sharer) => void) {
    this.#most = shareOf(maxTotal);
    this.#mostAtHost = shareOf(maxHost);
    this.#onTurn = onTurn;
  }

  /** How many wait for their share. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Whether it may ask for a connection now. Otherwise it waits. */
  enter(sharer: Sharer): boolean {
    const { asker, destination } = sharer.needs;
    if (asker === null) return true;
    const share = this.#shareOf(asker.script, destination.hostKey);
    const { party } = share;
    if (party.held < this.#most && share.held < this.#mostAtHost && share.waiting.length === 0) {
      take(share, sharer);
      return true;
    }
    const link = new Link<Waiting>({ sharer, arrival: ++this.#arrivals, inLane: new Link(sharer) });
    share.waiting.push(link);
    sharer.share = share;
    this.#waiting.set(sharer, link);
    this.#enterLane(link.value);
    this.#rank(share);
    return false;
  }

  /** It holds a connection from now on, whether this is within its share or not. */
  claim(sharer: Sharer): void {
    const { asker, destination } = sharer.needs;
    if (asker !== null && sharer.share === null)
      take(this.#shareOf(asker.script, destination.hostKey), sharer);
  }

  /** The first one that waits for its share, and could use a connection of this lane that counts for another call. */
  firstAt(key: string): Sharer | null {
    return this.#lanes.get(key)?.first?.value ?? null;
  }

  /** It waits no longer, if it did. Otherwise it holds nothing any more. */
  leave(sharer: Sharer): void {
    const { share } = sharer;
    if (share === null) return;
    sharer.share = null;
    const link = this.#waiting.get(sharer);
    if (link === undefined) {
      share.held--;
      share.party.held--;
    } else {
      this.#endWait(share, link);
    }
    this.#rank(share);
    this.#letIn(share.party);
    this.#forget(share);
  }

  /** It is a loop, because one whose turn has come may leave at once. */
  #letIn(party: Party): void {
    if (party.isOpening) return;
    party.isOpening = true;
    while (party.held < this.#most) {
      const share = party.order.first();
      const link = share?.waiting.first;
      if (share === null || !link) break;
      const { sharer } = link.value;
      this.#endWait(share, link);
      take(share, sharer);
      this.#rank(share);
      this.#onTurn(sharer);
    }
    party.isOpening = false;
  }

  #endWait(share: HostShare, link: Link<Waiting>): void {
    const { sharer, inLane } = link.value;
    share.waiting.remove(link);
    this.#waiting.delete(sharer);
    const lane = inLane.list;
    lane?.remove(inLane);
    if (lane?.length === 0) this.#lanes.delete(laneKey(sharer.needs.destination, sharer.needs.tenancy));
  }

  #enterLane({ sharer: { needs }, inLane }: Waiting): void {
    if (needs.isFresh) return;
    const key = laneKey(needs.destination, needs.tenancy);
    const lane = this.#lanes.get(key) ?? new Fifo<Sharer>();
    this.#lanes.set(key, lane);
    lane.push(inLane);
  }

  #rank(share: HostShare): void {
    const first = share.held < this.#mostAtHost ? share.waiting.first?.value.arrival : undefined;
    share.rank = first ?? Number.POSITIVE_INFINITY;
    share.party.order.update(share);
  }

  #forget({ party, key, held, waiting }: HostShare): void {
    if (held > 0 || waiting.length > 0) return;
    party.hosts.delete(key);
    if (party.hosts.size === 0) this.#parties.delete(party.key);
  }

  #shareOf(script: number, hostKey: string): HostShare {
    const party = this.#partyOf(script);
    const share = party.hosts.get(hostKey) ?? new HostShare(party, hostKey);
    party.hosts.set(share.key, share);
    return share;
  }

  #partyOf(key: number): Party {
    const known = this.#parties.get(key);
    if (known !== undefined) return known;
    const party: Party = { key, held: 0, hosts: new Map(), order: new Ranking(), isOpening: false };
    this.#parties.set(key, party);
    return party;
  }
}

function take(share: HostShare, sharer: Sharer): void {
  sharer.share = share;
  share.held++;
  share.party.held++;
}

function shareOf(limit: number): number {
  return limit === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(limit * MOST_SHARE));
}
