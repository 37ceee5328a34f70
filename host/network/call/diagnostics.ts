import { channel } from "node:diagnostics_channel";
import type { OfRun } from "../../api/events.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import type { Url } from "../url/url.ts";

/**
 * Channels of `node:diagnostics_channel`. If a channel has no subscriber, its messages are not made. Their types are in
 * `host/api/events.ts`.
 */
export const CHANNELS = {
  start: channel("http-background:call:start"),
  queued: channel("http-background:call:queued"),
  hopStart: channel("http-background:hop:start"),
  hopSent: channel("http-background:hop:sent"),
  hopEnd: channel("http-background:hop:end"),
  open: channel("http-background:connection:open"),
  close: channel("http-background:connection:close"),
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
