import { isIP, isIPv4, type Socket } from "node:net";
import type { ProxyServer } from "../route/proxy.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Attempt } from "./attempt.ts";
import type { NameCache } from "./lookup.ts";
import { connectSocks4 } from "./socks4.ts";
import { connectSocks5 } from "./socks5.ts";

/** What the handshake needs besides the proxy's socket. */
export interface SocksRequest {
  proxy: ProxyServer;
  target: { hostname: string; port: number };
  names: NameCache;
  /** Asked about the target's address, where it is known here. Throws to forbid it. */
  approve(address: string): void;
}

/**
 * Has a SOCKS proxy connect to the target. `socks4` and `socks5` look its name up here, `socks4a` and `socks5h` leave it to
 * the proxy.
 *
 * @returns the address or name that the proxy was given
 * @throws TransferFailure PROXY
 */
export async function connectSocks(attempt: Attempt, socket: Socket, request: SocksRequest): Promise<string> {
  const { proxy } = request;
  const handshake = proxy.scheme.startsWith("socks4") ? connectSocks4 : connectSocks5;
  try {
    const host = await chooseHost(attempt, request);
    await handshake(attempt, socket, { proxy, target: { host, port: request.target.port } });
    return host;
  } catch (error) {
    if (error instanceof TransferFailure && error.code !== "COULDNT_RESOLVE_HOST") throw error;
    throw new TransferFailure("PROXY", error);
  }
}

/** The first address, if all of them may be connected to: a proxy is asked once. */
async function chooseHost(
  attempt: Attempt,
  { proxy, target, names, approve }: SocksRequest,
): Promise<string> {
  if (proxy.scheme === "socks4a" || proxy.scheme === "socks5h") {
    if (isIP(target.hostname) !== 0) approve(target.hostname);
    return target.hostname;
  }
  const addresses = await attempt.wait(names.lookup(target.hostname));
  for (const address of addresses) approve(address);
  const first = proxy.scheme === "socks4" ? addresses.find(isIPv4) : addresses[0];
  if (first === undefined) throw new Error("The target has no address that this proxy could connect to");
  return first;
}
