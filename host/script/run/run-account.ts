import type { LimitName, Limits } from "../blame/limits.ts";
import type { GuestCall } from "../steps/step.ts";
import { KeptAccount } from "./kept-account.ts";
import { type AccountHolder, MemoryAccount, type MemoryShare } from "./memory-share.ts";
import { Usage } from "./usage.ts";

/** Whoever ends the run. */
export interface AccountOwner {
  /** The run has used up a limit. */
  onExceeded(limit: LimitName): void;
  /** There is not enough memory for all runs, and this one is to end. @param most Bytes that all may hold */
  onLoss(most: number): void;
  /** The same for the JavaScript heap of this thread. */
  onHeapLoss(most: number): void;
}

/** What the runs of a script hold together. */
export interface RunShares {
  readonly memory: MemoryShare;
  /** Of the JavaScript heap of this thread. */
  readonly heap: MemoryShare;
}

/** What this thread keeps for a run besides what the run asks for, such as the objects of its books. Bytes. */
const BOOKS_SIZE = 8192;

/** What a run has used of its limits, and what the host keeps for it. Where something returns false, the run is over. */
export class RunAccount implements AccountHolder {
  readonly limits: Limits;
  readonly usage = new Usage();
  readonly #owner: AccountOwner;
  readonly #memory: MemoryAccount;
  readonly #kept: KeptAccount;
  /** Its part of the JavaScript heap of this thread. */
  readonly #heap: MemoryAccount;

  constructor(limits: Limits, { memory, heap }: RunShares, owner: AccountOwner) {
    this.limits = limits;
    this.#owner = owner;
    this.#memory = new MemoryAccount(memory, this);
    this.#kept = new KeptAccount(limits.keptBytes, this.#memory);
    this.#heap = new MemoryAccount(heap, this);
  }

  /** Bytes that may still be kept. */
  get keepable(): number {
    return this.#kept.left;
  }

  /** Bytes of content that may still be received. */
  get receivable(): number {
    return this.limits.bytesReceived - this.usage.bytesReceived;
  }

  /** The run begins. */
  open(): void {
    this.#memory.open();
    this.#memory.expect();
    this.#memory.change(BOOKS_SIZE);
    this.#heap.open();
    this.countHeap(BOOKS_SIZE);
  }

  onLoss(account: MemoryAccount, most: number): void {
    if (account === this.#heap) this.#owner.onHeapLoss(most);
    else this.#owner.onLoss(most);
  }

  /** Charges for bytes that the host keeps from now on. */
  keep(bytes: number): boolean {
    return this.#kept.take(bytes) || this.exceed("keptBytes");
  }

  give(bytes: number): void {
    this.#kept.give(bytes);
  }

  /** Counts bytes in the memory of all runs only, such as of pages that are not needed; so many less if negative. */
  countBeside(bytes: number): void {
    this.#kept.changeBeside(bytes);
  }

  /** Counts objects on the JavaScript heap of this thread, which are counted as memory elsewhere; fewer if negative. */
  countHeap(bytes: number): void {
    this.#heap.change(bytes);
  }

  /** The run waits, and holds what it holds. */
  settle(): void {
    this.#memory.settle();
  }

  onSend(bytes: number): boolean {
    this.usage.bytesSent += bytes;
    return this.usage.bytesSent <= this.limits.bytesSent || this.exceed("bytesSent");
  }

  onReceive(bytes: number): boolean {
    this.usage.bytesReceived += bytes;
    return this.usage.bytesReceived <= this.limits.bytesReceived || this.exceed("bytesReceived");
  }

  /** @param untaken How often the run has waited again without taking an answer: each time costs the host something. */
  onAsk(calls: readonly GuestCall[], untaken: number): boolean {
    for (const { kind } of calls) if (kind !== "sleep") this.usage.requests++;
    return this.usage.requests + untaken <= this.limits.requests || this.exceed("requests");
  }

  /** The run waits for so many calls and for so many sleeps. */
  onWait({ transfers, sleeps }: { readonly transfers: number; readonly sleeps: number }): boolean {
    if (transfers > this.limits.concurrentCalls) return this.exceed("concurrentCalls");
    if (sleeps > this.limits.concurrentTimers) return this.exceed("concurrentTimers");
    return this.usage.cpuMs <= this.limits.cpuMs || this.exceed("cpuMs");
  }

  exceed(limit: LimitName): false {
    this.#owner.onExceeded(limit);
    return false;
  }

  /** The run is over, and nothing is kept for it. */
  close(): void {
    this.#kept.close();
    this.#heap.close();
  }
}
