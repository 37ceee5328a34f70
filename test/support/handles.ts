import { setImmediate } from "node:timers/promises";

const COUNTED = new Set([
  "TCPSocketWrap",
  "TLSWrap",
  "Timeout",
  "Immediate",
  "GetAddrInfoReqWrap",
  "TCPConnectWrap",
]);
const MAX_TURNS = 2_000;

/** What keeps the event loop running, except servers: sockets, timers, lookups. Each is listed by its kind. */
export function openHandles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => COUNTED.has(kind))
    .sort();
}

/** Waits some turns, so that what was destroyed can close. Returns what is left and was not there `before`. */
export async function leftovers(before: readonly string[]): Promise<string[]> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    if (surplus(before).length === 0) return [];
    await setImmediate();
  }
  return surplus(before);
}

function surplus(before: readonly string[]): string[] {
  const known = [...before];
  return openHandles().filter((kind) => {
    const at = known.indexOf(kind);
    if (at !== -1) known.splice(at, 1);
    return at === -1;
  });
}
