import type { Duplex } from "node:stream";
import type { Connect } from "../connect/connect-options.ts";
import type { ConnectionQueue } from "./connection-queue.ts";
import { Dial, type HostLimit, type Lane, type Waiter } from "./lane.ts";
import { SpareDials } from "./lanes.ts";

/** After this time, nobody waits for the dial of somebody else any more. */
const SLOW_DIAL_MS = 1000;

/** The part of the pool that dials use. */
export interface DialOwner {
  onOpened(dial: Dial, socket: Duplex): void;
  onFailed(dial: Dial, error: unknown): void;
  /** Waiters that waited for a spare dial may want their own now. */
  onSlow(host: HostLimit): void;
}

/** The dials of a pool. Each is begun for one waiter. If this waiter is served before, the dial is spare. */
export class Dials {
  readonly #connect: Connect;
  readonly #queue: ConnectionQueue;
  readonly #owner: DialOwner;
  readonly #spare = new SpareDials();

  constructor(connect: Connect, queue: ConnectionQueue, owner: DialOwner) {
    this.#connect = connect;
    this.#queue = queue;
    this.#owner = owner;
  }

  begin(waiter: Waiter, lane: Lane): void {
    lane.dials++;
    this.#queue.dial(waiter, lane);
    const dial = new Dial(waiter, lane, SLOW_DIAL_MS, this.#onSlow);
    waiter.dial = dial;
    this.#queue.count(lane.host, 1);
    const { destination, connectTimeoutMs, policy, asker } = waiter.needs;
    const { signal } = dial;
    this.#connect(destination, { timeoutMs: connectTimeoutMs, signal, policy, asker }).then(
      (socket) => {
        this.#end(dial);
        this.#owner.onOpened(dial, socket);
      },
      (error: unknown) => {
        this.#end(dial);
        this.#owner.onFailed(dial, error);
      },
    );
  }

  /** Its waiter was served. It goes on, for whoever comes next. */
  spare(dial: Dial): void {
    dial.waiter = null;
    dial.state = "spare";
    this.#spare.add(dial);
    this.#cover(dial, 1);
  }

  /** Ends a spare dial of this host, or of any host, to make room. Returns false if there is none that nobody needs. */
  cutSpare(host: HostLimit | null): boolean {
    const dial = host === null ? this.#spare.first : (host.spare.first?.value ?? null);
    if (dial === null || !(dial.isSlow || dial.lane.undialled.length === 0)) return false;
    this.#cut(dial);
    return true;
  }

  cutAllSpare(): void {
    for (let dial = this.#spare.first; dial !== null; dial = this.#spare.first) this.#cut(dial);
  }

  /** It is counted until it has ended. */
  #cut(dial: Dial): void {
    this.#end(dial);
    this.#queue.countClosing(dial.lane.host, 1);
    dial.drop("closing");
  }

  #end(dial: Dial): void {
    dial.stopTimer();
    this.#spare.remove(dial);
    this.#cover(dial, -1);
    this.#uncount(dial);
  }

  readonly #onSlow = (dial: Dial): void => {
    this.#cover(dial, -1);
    dial.isSlow = true;
    dial.lane.isDoubtful = true;
    this.#uncount(dial);
    this.#owner.onSlow(dial.lane.host);
  };

  #uncount(dial: Dial): void {
    if (!dial.isCounted) return;
    dial.isCounted = false;
    dial.lane.dials--;
    this.#queue.update(dial.lane);
  }

  #cover(dial: Dial, change: 1 | -1): void {
    if (dial.state !== "spare" || dial.isSlow) return;
    dial.lane.covering += change;
    this.#queue.update(dial.lane);
  }
}
