import { channel } from "node:diagnostics_channel";
import type { AsyncScope } from "../../lifetime/async-scope.ts";
import { ScriptError, type ScriptErrorCode } from "../blame/errors.ts";
import type { RunUsage } from "../blame/run-usage.ts";
import type { Usage } from "./usage.ts";

/** Every message says which run it is about. */
interface RunMessage {
  /** No two runs of the process have the same. */
  run: number;
  /** The script's name; null if it has none. */
  script: string | null;
  /** What the application gave as `tenant`; null if it gave none. */
  tenant: string | null;
}

/** `http-background:run:start`: a run was asked for. It may have to wait before it begins. */
export interface RunStart extends RunMessage {
  entry: string;
}

/** `http-background:run:end` */
export interface RunEnd extends RunMessage {
  /** Why it was rejected; ABORTED_BY_CALLBACK for a signal or a function of the application. Missing if it was not. */
  code?: ScriptErrorCode | "ABORTED_BY_CALLBACK";
  usage: RunUsage;
  /** Milliseconds since the start. */
  tookMs: number;
}

/** A run, as its events tell of it. */
export interface ObservedRun {
  readonly number: number;
  readonly scriptName: string | undefined;
  readonly tenant: string | undefined;
  readonly entry: string;
  readonly usage: Usage;
  readonly startedAt: number;
  /** The time now, on the same clock. */
  readonly now: number;
  /** The context of the caller of `run`, in which its events are published. */
  readonly scope: AsyncScope;
}

/** Channels of `node:diagnostics_channel`. If a channel has no subscriber, its messages are not made. */
export const RUN_CHANNELS = {
  start: channel("http-background:run:start"),
  end: channel("http-background:run:end"),
} as const;

/** Whoever is told may do anything, also end the run. */
export function publishStart(run: ObservedRun): void {
  if (RUN_CHANNELS.start.hasSubscribers) publish(run, "start", { entry: run.entry });
}

/** @param failure what the run is rejected with; undefined if it came to its end */
export function publishEnd(run: ObservedRun, failure: { readonly reason: unknown } | undefined): void {
  if (!RUN_CHANNELS.end.hasSubscribers) return;
  const usage = run.usage.copy();
  const tookMs = run.now - run.startedAt;
  publish(run, "end", failure === undefined ? { usage, tookMs } : { code: codeOf(failure), usage, tookMs });
}

function publish(run: ObservedRun, name: keyof typeof RUN_CHANNELS, message: object): void {
  const about: RunMessage = {
    run: run.number,
    script: run.scriptName ?? null,
    tenant: run.tenant ?? null,
  };
  const to = RUN_CHANNELS[name];
  run.scope.runInAsyncScope(to.publish, to, { ...about, ...message });
}

function codeOf({ reason }: { readonly reason: unknown }): RunEnd["code"] {
  return reason instanceof ScriptError ? reason.code : "ABORTED_BY_CALLBACK";
}
