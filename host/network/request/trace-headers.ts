import type { ByteString } from "../transfer/byte-string.ts";
import { comparableName } from "../transfer/terms.ts";
import { isHeaderValue, isToken } from "../transfer/tokens.ts";
import { type CallerHeaders, FRAMING_HEADERS } from "./headers.ts";
import type { Hop } from "./hop.ts";

/** W3C Trace Context and W3C Baggage: with them, a script could pretend to belong to a trace of somebody else. */
const TRACE_HEADERS: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage"]);
const NONE: ReadonlySet<string> = new Set();

/** The headers of a script, without those that name a trace. */
export function withoutTrace(caller: CallerHeaders): CallerHeaders {
  if (!caller.sent.some(({ key }) => TRACE_HEADERS.has(key))) return caller;
  return { ...caller, sent: caller.sent.filter(({ key }) => !TRACE_HEADERS.has(key)) };
}

/** The names, in lower case, of the headers that tell of the host's trace. A script's own are not sent beside them. */
export function traceNames({ trace }: Hop): ReadonlySet<string> {
  if (trace === undefined || trace.length === 0) return NONE;
  return new Set(trace.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
}

/** @throws TypeError for what is no header or frames a request */
export function checkTraceHeader(name: ByteString, value: ByteString): void {
  if (typeof name !== "string" || !isToken(name)) throw new TypeError("addHeader: not the name of a header");
  if (typeof value !== "string" || !isHeaderValue(value))
    throw new TypeError(`addHeader: the value of ${name} cannot be sent`);
  if (FRAMING_HEADERS.has(comparableName(name))) throw new TypeError(`addHeader: ${name} is not to be added`);
}
