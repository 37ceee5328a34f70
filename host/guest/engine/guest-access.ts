import type { GuestMemory } from "../parked/memory.ts";

/** What a function that the guest imports can do with the guest. */
export interface GuestAccess<C> {
  readonly memory: GuestMemory;
  readonly context: C;
  /** Copies a record into the guest, one part after the other. Returns its address. */
  putRecord(...parts: Uint8Array[]): number;
  /** Takes a question of the guest, which gets the answer with this number when it waits. */
  note(number: number, ptr: number, len: number): void;
  /** Charges the guest for the host's work on this number of bytes. */
  spend(bytes: number): void;
}

/** A host function that the guest does not wait for. Pointers come from the guest, so `memory` checks them. */
export type HostFunction<C = unknown> = (guest: GuestAccess<C>, ...args: number[]) => number | undefined;
