import type { Duplex } from "node:stream";

const addresses = new WeakMap<Duplex, string>();

/** For a connection through a proxy, remembers the address of the server, if it was looked up here. */
export function rememberTarget(connection: Duplex, address: string): void {
  addresses.set(connection, address);
}

/** The address of the server; null if a proxy looked the name up, because a proxy does not tell us. */
export function targetAddress(connection: Duplex, isDirect: boolean): string | null {
  if (!isDirect) return addresses.get(connection) ?? null;
  return "remoteAddress" in connection ? String(connection.remoteAddress ?? "") : "";
}
