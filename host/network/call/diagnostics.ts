import { channel } from "node:diagnostics_channel";
import type { ErrorCode } from "../../api/errors.ts";
import type { Protocol } from "../exchange/exchange.ts";
import type { AskingRun } from "../transfer/perform-options.ts";
import type { Url } from "../url/url.ts";

/** What messages about the calls of scripts have besides. */
export interface OfRun {
  /** The number of the run; missing in messages about calls of the application. */
  run?: number;
  /** What the application gave to the run; null if it gave nothing. */
  tenant?: string | null;
}

/** Every message names the thread, and the number of the call in this process. */
interface CallMessage extends OfRun {
  thread: string;
  call: number;
}

/** `http-background:call:start` */
export interface CallStart extends CallMessage {
  method: string | null;
}

/** `http-background:call:queued`: a call had to wait for a connection, and now continues. */
export interface CallQueued extends CallMessage {
  waitedMs: number;
}

/** `http-background:connection:open`: a connection is ready, including TLS and all proxies. */
export interface ConnectionOpen {
  thread: string;
  scheme: string;
  hostname: string;
  port: number;
  /** What is spoken: `h2` or `http/1.1`. */
  protocol: Protocol;
  /** The peer's address. If there is a proxy, the proxy is the peer. */
  address: string;
}

/** `http-background:response`: a response is complete. This includes redirects that are followed. */
export interface Response extends CallMessage {
  status: number;
  /** What it came over: `h2` or `http/1.1`. */
  protocol: Protocol;
  /** The URL without credentials and query. */
  url: string;
}

/** `http-background:call:end`, with either `status` or `code`. */
export interface CallEnd extends CallMessage {
  status?: number;
  code?: ErrorCode;
  /** Milliseconds since the start. */
  tookMs: number;
}

/** Channels of `node:diagnostics_channel`. If a channel has no subscriber, its messages are not made. */
export const CHANNELS = {
  start: channel("http-background:call:start"),
  queued: channel("http-background:call:queued"),
  open: channel("http-background:connection:open"),
  response: channel("http-background:response"),
  end: channel("http-background:call:end"),
} as const;

/** How messages name the run that asks. */
export function describeRun(asker: AskingRun | null): OfRun | undefined {
  return asker === null ? undefined : { run: asker.number, tenant: asker.tenant ?? null };
}

/** A URL as messages show it. */
export function describeUrl({ scheme, host, target }: Url): string {
  return `${scheme}://${host}${target.split("?", 1)[0] ?? ""}`;
}
