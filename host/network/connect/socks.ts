import { isIPv4, type Socket } from "node:net";
import type { ProxyServer } from "../route/proxy.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Attempt } from "./attempt.ts";
import { SocksRefusal } from "./socks-target.ts";
import { connectSocks4 } from "./socks4.ts";
import { connectSocks5 } from "./socks5.ts";

/** What the handshake needs, except the socket to the proxy. */
export interface SocksRequest {
  proxy: ProxyServer;
  target: { hostname: string; port: number };
  /** Looks a name up. For an address it returns this address. Rejects when the attempt ends. */
  lookup(hostname: string): Promise<readonly string[]>;
  /** Called with each address that is looked up here. Throws if the address is denied. */
  approve(address: string): void;
  /** Opens a new connection to the proxy. */
  reconnect(): Promise<Socket>;
}

/** A connection through a SOCKS proxy. */
export interface SocksConnection {
  socket: Socket;
  /** The address or name that the proxy got. */
  host: string;
}

/**
 * Asks a SOCKS proxy to connect to the target. With `socks4` and `socks5` the name is looked up here; with `socks4a`
 * and `socks5h` the proxy looks it up. If the proxy cannot connect to the first address, it is asked for an address of
 * the other family, on a new connection.
 *
 * @throws TransferFailure PROXY
 */
export async function connectSocks(
  attempt: Attempt,
  socket: Socket,
  request: SocksRequest,
): Promise<SocksConnection> {
  try {
    const [first, other] = await chooseHosts(request);
    try {
      return await ask(attempt, socket, request, first);
    } catch (error) {
      if (!(error instanceof SocksRefusal) || other === undefined) throw error;
    }
    socket.destroy();
    return await ask(attempt, await request.reconnect(), request, other);
  } catch (error) {
    if (error instanceof TransferFailure && error.code !== "COULDNT_RESOLVE_HOST") throw error;
    throw new TransferFailure("PROXY", error);
  }
}

async function ask(
  attempt: Attempt,
  socket: Socket,
  { proxy, target }: SocksRequest,
  host: string,
): Promise<SocksConnection> {
  const handshake = proxy.scheme.startsWith("socks4") ? connectSocks4 : connectSocks5;
  await handshake(attempt, socket, { proxy, target: { host, port: target.port } });
  return { socket, host };
}

/**
 * The first address, and the first one of the other family. Throws if one address of the host is denied. A host that is
 * an address was approved before.
 */
async function chooseHosts({
  proxy,
  target,
  lookup,
  approve,
}: SocksRequest): Promise<[first: string, other?: string]> {
  if (proxy.scheme === "socks4a" || proxy.scheme === "socks5h") return [target.hostname];
  const addresses = await lookup(target.hostname);
  for (const address of addresses) approve(address);
  const fitting = proxy.scheme === "socks4" ? addresses.filter(isIPv4) : addresses;
  const [first] = fitting;
  if (first === undefined) throw new Error("The target has no address that this proxy could connect to");
  const other = fitting.find((address) => isIPv4(address) !== isIPv4(first));
  return other === undefined ? [first] : [first, other];
}
