import type { ConnectionQueue } from "./connection-queue.ts";
import type { Dials } from "./dials.ts";
import { HostLimit, type Slot } from "./lane.ts";
import type { IdleSlots } from "./lanes.ts";

/** Idle connections that a pool without a limit keeps, if it never had more in use at the same time. */
export const USUAL_IDLE = 256;

/** Which connections are closed, to make room for others, or because there are too many. */
export class Closing {
  readonly #queue: ConnectionQueue;
  readonly #idle: IdleSlots;
  readonly #dials: Dials;
  #mostIdle = USUAL_IDLE;

  constructor(queue: ConnectionQueue, idle: IdleSlots, dials: Dials) {
    this.#queue = queue;
    this.#idle = idle;
    this.#dials = dials;
  }

  /** Makes room for those who wait, in total. */
  makeRoom(): void {
    while (this.#queue.lacksRoom && this.#closeOne(null));
  }

  /** Makes room for those who wait at this host. */
  makeRoomAt(host: HostLimit): void {
    while (this.#queue.lacksRoomAt(host) && this.#closeOne(host));
  }

  /** A limit is lower now. */
  trim(limit: ConnectionQueue | HostLimit): void {
    const host = limit instanceof HostLimit ? limit : null;
    while (this.#queue.isOver(limit) && this.#closeOne(host));
  }

  /** Closes a connection as soon as nobody uses it, if there are too many. That of HTTP/2 takes no more then. */
  trimWith(slot: Slot): void {
    if (!this.#queue.isOver(slot.lane.host) && !this.#queue.isOver(this.#queue)) return;
    const takesNoMore = slot.state === "open" && slot.connection.protocol === "h2";
    if (slot.isIdle || takesNoMore) this.close(slot);
  }

  /** Closes what was used least recently, if there is no limit, and more are idle than ever were in use together. */
  trimIdle(): void {
    const { connections, closing, most } = this.#queue;
    if (most !== Number.POSITIVE_INFINITY) return;
    // The one that came last was in use until now.
    this.#mostIdle = Math.max(this.#mostIdle, connections - closing - this.#idle.length + 1);
    const { length, first } = this.#idle;
    if (length > this.#mostIdle && first !== null) this.close(first);
  }

  closeAll(): void {
    for (let slot = this.#idle.first; slot !== null; slot = this.#idle.first) this.close(slot);
  }

  /** Nobody gets a part of it any more. It is counted until the peer has closed it too. */
  close(slot: Slot): void {
    this.#idle.remove(slot);
    slot.state = "closing";
    this.#queue.countClosing(slot.lane.host, 1);
    slot.connection.close();
  }

  /** Ends a dial that nobody needs, or closes an idle connection. Returns false if there is neither. */
  #closeOne(host: HostLimit | null): boolean {
    if (this.#dials.cutSpare(host)) return true;
    const slot = host === null ? this.#idle.first : (host.idle.first?.value ?? null);
    if (slot !== null) this.close(slot);
    return slot !== null;
  }
}
