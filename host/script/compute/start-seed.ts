import { createHmac } from "node:crypto";
import type { EngineOptions } from "../../guest/engine/engine-options.ts";
import type { GuestRun } from "./guest-run.ts";

/** Bytes of a random number: a float has room for six. */
const SEED_BYTES = 6;

/**
 * The import `seed` of one script. Its start function gets the same numbers in each thread, and for each instance: a run
 * that waits is kept as what differs from the first state, and may go on in another thread.
 *
 * @param key Of the script. Nobody can guess the numbers without it
 */
export function seedOf(key: Uint8Array): NonNullable<EngineOptions<GuestRun>["env"]>[string] {
  /** How many numbers an instance got while it was made. */
  const drawn = new WeakMap<object, number>();
  return (link) => {
    const running = link.running();
    if (running !== undefined) return running.context.random(SEED_BYTES).readUIntLE(0, SEED_BYTES);
    const before = drawn.get(link) ?? 0;
    drawn.set(link, before + 1);
    return createHmac("sha256", key).update(String(before)).digest().readUIntLE(0, SEED_BYTES);
  };
}
