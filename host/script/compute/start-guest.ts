import { Engine } from "../../guest/engine/engine.ts";
import type { GuestModule } from "../../guest/engine/module.ts";
import { FAILURE } from "../../script-planner.ts";
import type { Limits } from "../blame/limits.ts";
import { GuestFailure } from "./guest-failure.ts";
import type { GuestRun } from "./guest-run.ts";
import { ENVIRONMENT, FUNCTIONS, PAUSING } from "./imports.ts";

const NO_INSTANCE = { isStarved: false, memorySize: 0 };

/** Makes an engine with a first instance. @throws HttpBackgroundError, whose cause is what the guest threw while it started */
export function startGuest(guest: GuestModule, { stackBytes }: Pick<Limits, "stackBytes">): Engine<GuestRun> {
  return new Engine<GuestRun>(guest, {
    functions: FUNCTIONS,
    pausing: PAUSING,
    env: ENVIRONMENT,
    unwindAreaSize: stackBytes,
    answerTo: () => FAILURE,
    toRejection: (error, instance) => new GuestFailure(error, instance ?? NO_INSTANCE),
  });
}
