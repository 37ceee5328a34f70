import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach } from "node:test";
import type { PolicyDenied } from "../../host/api/events.ts";

const CHANNEL = "http-background:policy:denied";

/** The denials of a policy, of each test of a suite anew. */
export function denialsOfTests(): PolicyDenied[] {
  const denials: PolicyDenied[] = [];
  const listen = (message: unknown): void => void denials.push(message as PolicyDenied);
  beforeEach(() => {
    denials.length = 0;
    subscribe(CHANNEL, listen);
  });
  afterEach(() => {
    unsubscribe(CHANNEL, listen);
  });
  return denials;
}
