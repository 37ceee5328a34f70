/** How many turns of the event loop have to pass in which nothing happens. A script needs some for each step. */
const QUIET_TURNS = 12;

/** What happens, as far as it can be seen. */
export interface Activity {
  /** It changes when something happens. */
  readonly count: number;
  /** Whether something is under way that takes real time, such as reading a file. */
  readonly isBusy: boolean;
}

/** Waits until nothing happens any more that does not wait for time. */
export async function settle(activity: Activity): Promise<void> {
  let seen = activity.count;
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (activity.isBusy || activity.count !== seen) quiet = 0;
    seen = activity.count;
  }
}
