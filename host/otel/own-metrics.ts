import type { Counter, Histogram, Meter } from "@opentelemetry/api";
import type { CallQueued, PolicyDenied } from "../api/events.ts";
import type { RunEnd } from "../script/index.ts";
import type { Listeners } from "./listeners.ts";
import { OWN_ATTRIBUTES, OWN_METRICS, REQUEST_BUCKETS, RUN_BUCKETS } from "./names.ts";
import { attributesOfEnd, outcomeOf } from "./outcome.ts";

/** Metrics for which there is no convention: time in line, denials, runs of scripts. */
export class OwnMetrics {
  readonly listeners: Listeners = {
    "call:queued": (message) => this.#queued(message),
    "policy:denied": (message) => this.#denied(message),
    "run:end": (message) => this.#runEnded(message),
  };
  readonly #timeInQueue: Histogram;
  readonly #denials: Counter;
  readonly #runDuration: Histogram;
  readonly #runCpu: Counter;

  constructor(meter: Meter) {
    this.#timeInQueue = meter.createHistogram(OWN_METRICS.timeInQueue, {
      description: "How long requests waited for a connection that had to wait.",
      unit: "s",
      advice: { explicitBucketBoundaries: REQUEST_BUCKETS },
    });
    this.#denials = meter.createCounter(OWN_METRICS.denials, {
      description: "Requests that the network policy has refused.",
      unit: "{request}",
    });
    this.#runDuration = meter.createHistogram(OWN_METRICS.runDuration, {
      description: "Duration of runs of scripts, from the call of run on.",
      unit: "s",
      advice: { explicitBucketBoundaries: RUN_BUCKETS },
    });
    this.#runCpu = meter.createCounter(OWN_METRICS.runCpu, {
      description: "CPU time of runs of scripts that have ended.",
      unit: "s",
    });
  }

  #queued({ thread, waitedMs }: CallQueued): void {
    this.#timeInQueue.record(waitedMs / 1000, { [OWN_ATTRIBUTES.thread]: thread });
  }

  #denied({ thread, rule }: PolicyDenied): void {
    this.#denials.add(1, { [OWN_ATTRIBUTES.thread]: thread, [OWN_ATTRIBUTES.rule]: kindOf(rule) });
  }

  #runEnded({ code, tookMs, usage }: RunEnd): void {
    const ended = code === undefined ? {} : { code };
    const outcome = { [OWN_ATTRIBUTES.outcome]: outcomeOf(ended) };
    this.#runDuration.record(tookMs / 1000, { ...outcome, ...attributesOfEnd(ended) });
    this.#runCpu.add(usage.cpuMs / 1000, outcome);
  }
}

/**
 * A denial, in words of which there are few: the reason that `decide` gives is any text, the rules of a run may come from
 * whomever the run is for, and what is no letter or digit in `closed x-host` may be any other such character.
 */
function kindOf(rule: string): string {
  const [kind = "", ofRun] = rule.split(" ", 2);
  if (kind === "run:") return `run: ${ofRun}`;
  if (kind === "decide") return kind;
  return kind === "closed" ? rule.replace(/[^a-z\d ]/gi, "-") : rule;
}
