import type { Socket } from "node:net";
import type { ProxyServer } from "../route/proxy.ts";
import type { Attempt } from "./attempt.ts";
import { readExactly } from "./reader.ts";
import type { SocksTarget } from "./socks-target.ts";

const VERSION = 4;
const CONNECT = 1;
const GRANTED = 90;
const REPLY_BYTES = 8;
const MAX_BYTES = 255;
// The address 0.0.0.x, where x is not 0, means that a name follows (SOCKS 4A).
const NAME_FOLLOWS = [0, 0, 0, 1];

/**
 * Asks a SOCKS 4 proxy to connect to an IPv4 address, or a SOCKS 4A proxy to look a name up and connect. Throws an
 * Error of any kind.
 */
export async function connectSocks4(
  attempt: Attempt,
  socket: Socket,
  { proxy, target: { host, port } }: { proxy: ProxyServer; target: SocksTarget },
): Promise<void> {
  const user = Buffer.from(proxy.username ?? "", "latin1");
  if (user.length > MAX_BYTES) throw new Error("The user is too long for SOCKS");
  if (host.length >= MAX_BYTES) throw new Error("The name is too long for SOCKS 4A");
  // Like curl, with 4A an address is sent as a name too.
  const isName = proxy.scheme === "socks4a";
  const address = isName ? NAME_FOLLOWS : host.split(".").map(Number);
  const name = isName ? Buffer.from(`${host}\0`, "latin1") : [];
  const request = [VERSION, CONNECT, port >> 8, port & 0xff, ...address, ...user, 0, ...name];
  socket.write(Buffer.from(request));
  const reply = await readExactly(attempt, socket, REPLY_BYTES);
  if (reply[0] !== 0 || reply[1] !== GRANTED) throw new Error(`The proxy answered ${reply.toString("hex")}`);
}
