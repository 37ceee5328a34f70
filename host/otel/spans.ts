import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { CallEnd, CallStart, OfRun, PolicyDenied } from "../api/events.ts";
import type { RunEnd, RunStart } from "../script/index.ts";
import type { Listeners } from "./listeners.ts";
import { OWN_ATTRIBUTES } from "./names.ts";
import { attributesOfEnd, type Ended, errorTypeOf, outcomeOf } from "./outcome.ts";

/** The spans of runs, and of calls below them. */
export class Spans {
  readonly listeners: Listeners = {
    "run:start": (message) => this.#startRun(message),
    "run:end": (message) => this.#endRun(message),
    "call:start": (message) => this.#startCall(message),
    "call:end": (message) => this.#endCall(message),
    "policy:denied": (message) => this.#denied(message),
  };
  readonly #tracer: Tracer;
  readonly #runs = new Map<number, Span>();
  readonly #calls = new Map<number, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** The context for what belongs to a call: that of the application, if the call was not seen to begin. */
  contextOf(call: number): Context {
    return inSpan(this.#calls.get(call));
  }

  /** Ends what goes on. */
  stop(): void {
    for (const spans of [this.#calls, this.#runs]) {
      for (const span of spans.values()) span.end();
      spans.clear();
    }
  }

  #startRun({ run, script, tenant, entry }: RunStart): void {
    const attributes = {
      [OWN_ATTRIBUTES.run]: run,
      [OWN_ATTRIBUTES.entry]: entry,
      ...textAttribute(OWN_ATTRIBUTES.script, script),
      ...textAttribute(OWN_ATTRIBUTES.tenant, tenant),
    };
    this.#runs.set(run, this.#tracer.startSpan("http_background run", { attributes }));
  }

  #endRun(message: RunEnd): void {
    const span = taken(this.#runs, message.run);
    if (span === undefined) return;
    const ended = message.code === undefined ? {} : { code: message.code };
    endSpan(span, ended, { [OWN_ATTRIBUTES.outcome]: outcomeOf(ended) });
  }

  #startCall(message: CallStart): void {
    const { call, thread, run } = message;
    const attributes = {
      [OWN_ATTRIBUTES.call]: call,
      [OWN_ATTRIBUTES.thread]: thread,
      ...attributesOfRun(message),
    };
    const parent = inSpan(run === undefined ? undefined : this.#runs.get(run));
    const options = { kind: SpanKind.INTERNAL, attributes };
    this.#calls.set(call, this.#tracer.startSpan("http_background call", options, parent));
  }

  #denied(message: PolicyDenied): void {
    const { call, rule, origin } = message;
    const attributes = { [OWN_ATTRIBUTES.rule]: rule, [OWN_ATTRIBUTES.origin]: origin };
    this.#calls.get(call)?.addEvent("http_background denied", attributes);
  }

  #endCall({ call, status, code }: CallEnd): void {
    const span = taken(this.#calls, call);
    if (span === undefined) return;
    const ended = code === undefined ? { status: status as number } : { code };
    endSpan(span, ended, { [OWN_ATTRIBUTES.outcome]: outcomeOf(ended) });
  }
}

/** What spans say of the run that asks. */
export function attributesOfRun({ run, tenant }: OfRun): Attributes {
  if (run === undefined) return {};
  return { [OWN_ATTRIBUTES.run]: run, ...textAttribute(OWN_ATTRIBUTES.tenant, tenant ?? null) };
}

/** Ends a span, as an error if it is one. */
export function endSpan(span: Span, ended: Ended, attributes: Attributes = {}): void {
  span.setAttributes({ ...attributesOfEnd(ended), ...attributes });
  if (errorTypeOf(ended) !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

function inSpan(span: Span | undefined): Context {
  return span === undefined ? context.active() : trace.setSpan(context.active(), span);
}

function textAttribute(name: string, text: string | null): Attributes {
  return text === null ? {} : { [name]: text };
}

/** The value, which the map has no longer. */
export function taken<T>(map: Map<number, T>, key: number): T | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
