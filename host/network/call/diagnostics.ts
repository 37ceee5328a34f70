import { channel } from "node:diagnostics_channel";
import type { ErrorCode } from "../../api/errors.ts";
import type { Url } from "../url/url.ts";

/** What every message says: which thread, and which call of this process. */
interface CallMessage {
  thread: string;
  call: number;
}

/** `http-background:call:start` */
export interface CallStart extends CallMessage {
  method: string | null;
}

/** `http-background:call:queued`: a call that had to wait for a connection goes on. */
export interface CallQueued extends CallMessage {
  waitedMs: number;
}

/** `http-background:connection:open`: a connection is there, past TLS and every proxy. */
export interface ConnectionOpen {
  thread: string;
  scheme: string;
  hostname: string;
  port: number;
  /** Of the peer, which is the proxy if there is one. */
  address: string;
}

/** `http-background:response`: one response is there, whole; a redirect that is followed is one too. */
export interface Response extends CallMessage {
  status: number;
  /** Less credentials and query. */
  url: string;
}

/** `http-background:call:end`, with one of `status` and `code`. */
export interface CallEnd extends CallMessage {
  status?: number;
  code?: ErrorCode;
  /** Since the start. */
  tookMs: number;
}

/** Published on `node:diagnostics_channel`; nothing is computed for a channel that nobody subscribes to. */
export const CHANNELS = {
  start: channel("http-background:call:start"),
  queued: channel("http-background:call:queued"),
  open: channel("http-background:connection:open"),
  response: channel("http-background:response"),
  end: channel("http-background:call:end"),
} as const;

/** A URL as messages show it. */
export function describeUrl({ scheme, host, target }: Url): string {
  return `${scheme}://${host}${target.split("?", 1)[0] ?? ""}`;
}
