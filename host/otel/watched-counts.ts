import type { BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import { HttpBackgroundError } from "../api/errors.ts";
import type { FleetStats } from "../api/fleet.ts";
import type { HttpBackground } from "../api/http-background.ts";
import type { RuntimeStats, ScriptRuntime } from "../script/index.ts";
import { guarded } from "./listeners.ts";
import { OWN_ATTRIBUTES, OWN_METRICS } from "./names.ts";
import { Tally } from "./tally.ts";

/** What has counts. */
export type Watched =
  | Pick<HttpBackground, "http_background" | "stats">
  | Pick<ScriptRuntime, "load" | "stats">;

type Name =
  | "calls"
  | "runs"
  | "parked"
  | "pendingCpu"
  | "memoryUsage"
  | "memoryLimit"
  | "workers"
  | "leases"
  | "processes"
  | "joined";

const INSTRUMENTS: Readonly<Record<Name, readonly [unit: string, description: string]>> = {
  calls: ["{call}", "Calls that go on: those that wait for a connection, and those that have one."],
  runs: ["{run}", "Runs of scripts that go on: those that wait to begin, compute, or wait for a reply."],
  parked: ["By", "What the host keeps of suspended scripts, without what they were given and have received."],
  pendingCpu: ["s", "CPU time of runs of scripts that have not ended, until now."],
  memoryUsage: ["By", "What counts against the memory of runtimes."],
  memoryLimit: [
    "By",
    "What all runs may hold together. Runtimes without a limit of their own have one in common.",
  ],
  workers: ["{thread}", "Script workers that there are."],
  leases: ["{connection}", "Leases of the fleet: those that are held, and those that are wanted."],
  processes: ["{process}", "Processes of the fleet, as far as known."],
  joined: ["{thread}", "1 if the server of the fleet answers, and 0 if not."],
};

/** Of these, the largest is told. All others are added. */
const MOST: ReadonlySet<Name> = new Set(["memoryLimit", "processes"]);

/** The counts of plugins and runtimes, read whenever metrics are collected. */
export class WatchedCounts {
  readonly #watched: ReadonlySet<Watched>;
  readonly #instruments: Readonly<Record<Name, Observable>>;
  readonly #tallies = new Map<Name, Tally>();

  /** @param watched what is read, at each time */
  constructor(meter: Meter, watched: ReadonlySet<Watched>) {
    this.#watched = watched;
    const make = ([name, [unit, description]]: [string, readonly [string, string]]): [string, Observable] => [
      name,
      meter.createObservableUpDownCounter(OWN_METRICS[name as Name], { unit, description }),
    ];
    this.#instruments = Object.fromEntries(Object.entries(INSTRUMENTS).map(make)) as Record<Name, Observable>;
  }

  get instruments(): Observable[] {
    return Object.values(this.#instruments);
  }

  observe(result: BatchObservableResult): void {
    // What is not told again would stay what it was, so it is zero.
    for (const tally of this.#tallies.values()) tally.clear();
    const read = guarded((source: Watched) => addCounts(source, this.#count));
    for (const source of this.#watched) read(source);
    for (const [name, tally] of this.#tallies) tally.tell(result, this.#instruments[name]);
  }

  readonly #count: Count = (name, value, attributes) => {
    const tally = this.#tallies.get(name) ?? new Tally();
    this.#tallies.set(name, tally);
    if (MOST.has(name)) tally.raise(attributes, value);
    else tally.add(attributes, value);
  };
}

/** @throws HttpBackgroundError BAD_ARGUMENT for what has no counts */
export function checkWatched(source: Watched): void {
  const isKnown = source !== null && typeof source === "object" && typeof source.stats === "function";
  if (isKnown && ("http_background" in source || "load" in source)) return;
  const message = "watch: must be what createHttpBackground or createScriptRuntime has returned";
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: "source" });
}

type Labels = Readonly<Record<string, string>>;
type Count = (name: Name, value: number, labels: Labels) => void;

function addCounts(source: Watched, count: Count): void {
  if (!("http_background" in source)) {
    addRuns(source.stats(), count);
    return;
  }
  for (const [thread, { queued, active, fleet }] of Object.entries(source.stats())) {
    const ofThread = { [OWN_ATTRIBUTES.thread]: thread };
    for (const [state, value] of Object.entries({ queued, active }))
      count("calls", value, { ...ofThread, [OWN_ATTRIBUTES.state]: state });
    if (fleet !== undefined) addFleet(fleet, ofThread, count);
  }
}

function addFleet({ state, leases, wanted, processes }: FleetStats, ofThread: Labels, count: Count): void {
  count("leases", leases, { ...ofThread, [OWN_ATTRIBUTES.state]: "held" });
  count("leases", wanted, { ...ofThread, [OWN_ATTRIBUTES.state]: "wanted" });
  count("processes", processes, ofThread);
  count("joined", Number(state === "joined"), ofThread);
}

function addRuns(stats: RuntimeStats, count: Count): void {
  const { queued, running, waiting } = stats;
  for (const [state, value] of Object.entries({ queued, computing: running - waiting, waiting }))
    count("runs", value, { [OWN_ATTRIBUTES.state]: state });
  count("parked", stats.parkedBytes, {});
  count("pendingCpu", stats.cpuMs / 1000, {});
  count("memoryUsage", stats.memoryBytes, {});
  count("memoryLimit", stats.memoryLimit, {});
  count("workers", stats.workers, {});
}
