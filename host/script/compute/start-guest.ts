import { FAILURE } from "../../door/script-planner.ts";
import { Engine } from "../../guest/engine/engine.ts";
import type { GuestModule } from "../../guest/engine/module.ts";
import type { Limits } from "../blame/limits.ts";
import { GuestFailure } from "./guest-failure.ts";
import type { GuestRun } from "./guest-run.ts";
import { ENVIRONMENT, FUNCTIONS, PAUSING } from "./imports.ts";
import { seedOf } from "./start-seed.ts";

const NO_INSTANCE = { isStarved: false, memorySize: 0 };

/**
 * Makes an engine with a first instance.
 *
 * @param key Of the script, see `seedOf`
 * @throws HttpBackgroundError, whose cause is what the guest threw while it started
 */
export function startGuest(
  guest: GuestModule,
  { stackBytes }: Pick<Limits, "stackBytes">,
  key: Uint8Array,
): Engine<GuestRun> {
  return new Engine<GuestRun>(guest, {
    functions: FUNCTIONS,
    pausing: PAUSING,
    env: { ...ENVIRONMENT, seed: seedOf(key) },
    unwindAreaSize: stackBytes,
    answerTo: () => FAILURE,
    toRejection: (error, instance) => new GuestFailure(error, instance ?? NO_INSTANCE),
  });
}
