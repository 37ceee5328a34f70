import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { diag } from "@opentelemetry/api";
import type {
  CallEnd,
  CallQueued,
  CallStart,
  ConnectionClose,
  ConnectionOpen,
  HopEnd,
  HopSent,
  HopStart,
  PolicyDenied,
} from "../api/events.ts";
import type { RunEnd, RunStart } from "../script/index.ts";

/** The channels that are listened to, and their messages. */
interface Messages {
  "call:start": CallStart;
  "call:queued": CallQueued;
  "call:end": CallEnd;
  "hop:start": HopStart;
  "hop:sent": HopSent;
  "hop:end": HopEnd;
  "connection:open": ConnectionOpen;
  "connection:close": ConnectionClose;
  "policy:denied": PolicyDenied;
  "run:start": RunStart;
  "run:end": RunEnd;
}

/** Functions that listen to channels. */
export type Listeners = { readonly [Name in keyof Messages]?: (message: Messages[Name]) => void };

/** Subscribes to what each of them listens to. @returns The function that ends it */
export function listen(all: readonly Listeners[]): () => void {
  const subscriptions = all
    .flatMap((listeners) => Object.entries(listeners))
    .map(([name, listener]) => [`http-background:${name}`, guarded(listener as Listener)] as const);
  for (const [name, listener] of subscriptions) subscribe(name, listener);
  return () => {
    for (const [name, listener] of subscriptions) unsubscribe(name, listener);
  };
}

type Listener = (message: unknown) => void;

/** What a listener throws would end the process. It may come from any exporter, sampler or propagator. */
export function guarded<Arguments extends unknown[]>(
  listener: (...args: Arguments) => void,
): (...args: Arguments) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch (error) {
      report(error);
    }
  };
}

function report(error: unknown): void {
  try {
    diag.error("http-background/otel: OpenTelemetry has failed", error);
  } catch {
    // The application's logger, too, may throw.
  }
}
