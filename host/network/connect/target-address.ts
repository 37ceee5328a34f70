import type { Duplex } from "node:stream";

const addresses = new WeakMap<Duplex, string>();

/** Remembers at which address of its host a connection through a proxy ends, where that was decided here. */
export function rememberTarget(connection: Duplex, address: string): void {
  addresses.set(connection, address);
}

/** The address of the host that a connection ends at; null where a proxy looked the name up and kept it to itself. */
export function targetAddress(connection: Duplex, isDirect: boolean): string | null {
  if (!isDirect) return addresses.get(connection) ?? null;
  return "remoteAddress" in connection ? String(connection.remoteAddress ?? "") : "";
}
