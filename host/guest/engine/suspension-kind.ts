import type { GuestMemory } from "../parked/memory.ts";
import type { Suspension } from "./suspension.ts";

/** What a suspension is made from, for each instance. */
export interface SuspensionParts {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly memory: GuestMemory;
  /** Bytes for the frames of one suspended call, if the frames of the guest are kept. */
  readonly unwindAreaSize: number;
  /** Checks the time of whoever computes. @throws what `checkTime` throws */
  tick(): void;
  /** Reserves bytes in the guest. Returns their address. */
  allocate(size: number): number;
}

/** A way for guests to wait. */
export interface SuspensionKind {
  /** The import with which a guest asks. */
  readonly asks: string;
  /** The functions that a guest of this kind must export. */
  readonly functions: readonly string[];
  attach(parts: SuspensionParts): Suspension;
}
