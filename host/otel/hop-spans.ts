import { type Context, propagation, type Span, SpanKind, type Tracer, trace } from "@opentelemetry/api";
import type { CallQueued, HopEnd, HopSent, HopStart } from "../api/events.ts";
import type { Listeners } from "./listeners.ts";
import { ATTRIBUTES, OTHER, OWN_ATTRIBUTES } from "./names.ts";
import { versionOf } from "./outcome.ts";
import { attributesOfRun, endSpan, type Spans, taken } from "./spans.ts";

/** How much of a URL, or of a method, is told. A script may make them very long. */
const LONGEST_URL = 2048;
const LONGEST_METHOD = 64;

/** A hop that goes on. */
interface Hop {
  readonly span: Span;
  readonly port: number;
}

/** The spans of hops, by the conventions for HTTP clients, below those of their calls. */
export class HopSpans {
  readonly listeners: Listeners = {
    "hop:start": (message) => this.#start(message),
    "call:queued": (message) => this.#queued(message),
    "hop:sent": (message) => this.#sent(message),
    "hop:end": (message) => this.#end(message),
  };
  readonly #tracer: Tracer;
  readonly #spans: Spans;
  readonly #knownMethods: ReadonlySet<string>;
  /** By the number of the call, of which only one hop goes on at a time. */
  readonly #hops = new Map<number, Hop>();

  constructor(tracer: Tracer, spans: Spans, knownMethods: ReadonlySet<string>) {
    this.#tracer = tracer;
    this.#spans = spans;
    this.#knownMethods = knownMethods;
  }

  /** Ends what goes on. */
  stop(): void {
    for (const { span } of this.#hops.values()) span.end();
    this.#hops.clear();
  }

  #start(message: HopStart): void {
    const parent = this.#spans.contextOf(message.call);
    const isKnown = this.#knownMethods.has(message.method);
    const name = isKnown ? message.method : "HTTP";
    const attributes = { ...attributesOfStart(message), ...attributesOfMethod(message.method, isKnown) };
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
    this.#hops.set(message.call, { span, port: message.port });
    propagate(trace.setSpan(parent, span), message);
  }

  #queued({ call, waitedMs }: CallQueued): void {
    this.#hops.get(call)?.span.setAttribute(OWN_ATTRIBUTES.timeInQueue, waitedMs / 1000);
  }

  #sent({ call, connection, protocol, address }: HopSent): void {
    const hop = this.#hops.get(call);
    if (hop === undefined) return;
    hop.span.setAttributes({
      [ATTRIBUTES.protocolVersion]: versionOf(protocol),
      [OWN_ATTRIBUTES.connection]: connection,
      ...(address === null ? {} : { [ATTRIBUTES.peerAddress]: address, [ATTRIBUTES.peerPort]: hop.port }),
    });
  }

  #end(message: HopEnd): void {
    const hop = taken(this.#hops, message.call);
    if (hop !== undefined) endSpan(hop.span, message);
  }
}

function attributesOfStart(message: HopStart) {
  const { url, scheme, hostname, port, rule, resend } = message;
  return {
    [ATTRIBUTES.url]: url.slice(0, LONGEST_URL),
    [ATTRIBUTES.scheme]: scheme,
    [ATTRIBUTES.address]: hostname,
    [ATTRIBUTES.port]: port,
    ...(resend === 0 ? {} : { [ATTRIBUTES.resendCount]: resend }),
    ...(rule === null ? {} : { [OWN_ATTRIBUTES.rule]: rule.text }),
    ...attributesOfRun(message),
  };
}

function attributesOfMethod(method: string, isKnown: boolean) {
  if (isKnown) return { [ATTRIBUTES.method]: method };
  return { [ATTRIBUTES.method]: OTHER, [ATTRIBUTES.methodOriginal]: method.slice(0, LONGEST_METHOD) };
}

/** Tells the server of the trace, where the policy lets it out. What a script calls is not told the baggage. */
function propagate(of: Context, { addHeader, run }: HopStart): void {
  if (addHeader === null) return;
  const headers: Record<string, string> = {};
  propagation.inject(run === undefined ? of : propagation.deleteBaggage(of), headers);
  for (const [name, value] of Object.entries(headers)) addHeader(name, value);
}
