import { HttpBackgroundError } from "../api/errors.ts";
import type { WhenLost } from "./book.ts";

/** How a process belongs to its fleet. */
export interface FleetOptions {
  /** Processes with the same name, on the same server, share their limits. 1 to 256 characters. */
  name: string;
  /**
   * Milliseconds after which the leases of a process that is silent go to others. It is renewed at a third of this time.
   * 1,000 to 600,000. @default 10_000
   */
  leaseMs?: number | undefined;
  /**
   * Milliseconds for an answer of the server. Then it counts as lost. At least 50, at most a third of `leaseMs`.
   * @default 1_000, or a third of `leaseMs` if this is less
   */
  timeoutMs?: number | undefined;
  /**
   * What holds while the server is lost. `share`: each limit is divided by the number of processes that were last
   * known, and is at least 1. `open`: each process has the whole limit. `closed`: a process has the connections for
   * which it has leases, and none when those have expired. Calls then fail with FLEET_UNAVAILABLE.
   * @default "share"
   */
  whenLost?: WhenLost | undefined;
}

export type FleetSettings = { readonly [Key in keyof FleetOptions]-?: NonNullable<FleetOptions[Key]> };

const NAMES: readonly string[] = ["name", "leaseMs", "timeoutMs", "whenLost"];
const WHEN_LOST: readonly unknown[] = ["share", "open", "closed"];
const LONGEST_NAME = 256;
export const LONGEST_LEASE_MS = 600_000;

/** @throws HttpBackgroundError BAD_CONFIG, whose `option` is the wrong one */
export function readFleetOptions(options: unknown): FleetSettings {
  if (typeof options !== "object" || options === null) refuse("options", "must be an object with a name");
  const unknown = Object.keys(options).find((key) => !NAMES.includes(key));
  if (unknown !== undefined) refuse(unknown, `is no option of a fleet; the options are ${NAMES.join(", ")}`);
  const { name, leaseMs = 10_000, timeoutMs, whenLost = "share" } = options as Partial<FleetOptions>;
  if (typeof name !== "string" || name.length < 1 || name.length > LONGEST_NAME)
    refuse("name", `must be a string of 1 to ${LONGEST_NAME} characters`);
  requireNumber("leaseMs", leaseMs, { least: 1000, most: LONGEST_LEASE_MS });
  const third = leaseMs / 3;
  const waits = timeoutMs ?? Math.min(1000, third);
  requireNumber("timeoutMs", waits, { least: 50, most: third });
  if (!WHEN_LOST.includes(whenLost)) refuse("whenLost", 'must be "share", "open" or "closed"');
  return { name, leaseMs, timeoutMs: waits, whenLost };
}

function requireNumber(
  option: string,
  value: unknown,
  { least, most }: { least: number; most: number },
): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  refuse(option, `must be a number from ${least} to ${Math.floor(most)}`);
}

function refuse(option: string, complaint: string): never {
  throw new HttpBackgroundError("BAD_CONFIG", `fleet: ${option} ${complaint}`, { option });
}
