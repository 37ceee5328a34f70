import { isIPv4, isIPv6, type Socket } from "node:net";
import type { ProxyServer } from "../route/proxy.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { addressBytes } from "./address-bytes.ts";
import type { Attempt } from "./attempt.ts";
import { readExactly } from "./reader.ts";
import { SocksRefusal, type SocksTarget } from "./socks-target.ts";

const VERSION = 5;
const CONNECT = 1;
const SUCCEEDED = 0;
const METHODS = { none: 0, password: 2 };
const ADDRESS_TYPES = { ipv4: 1, name: 3, ipv6: 4 };
const PASSWORD_VERSION = 1;
const MAX_BYTES = 255;

interface Request {
  proxy: ProxyServer;
  target: SocksTarget;
}

/**
 * Asks a SOCKS 5 proxy (RFC 1928) to connect. It sends user and password (RFC 1929) if the proxy wants them. Throws an
 * Error of any kind.
 */
export async function connectSocks5(attempt: Attempt, socket: Socket, request: Request): Promise<void> {
  const target = encodeTarget(request.target);
  await authenticate(attempt, socket, request.proxy);
  socket.write(Buffer.from([VERSION, CONNECT, 0, ...target]));
  await readReply(attempt, socket);
}

async function authenticate(attempt: Attempt, socket: Socket, proxy: ProxyServer): Promise<void> {
  const methods = proxy.username === null ? [METHODS.none] : [METHODS.none, METHODS.password];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [version, method] = await readExactly(attempt, socket, 2);
  if (version !== VERSION) throw new Error("The proxy does not speak SOCKS 5");
  if (method === METHODS.none) return;
  if (method !== METHODS.password) throw new Error(`The proxy wants method ${method}`);
  // Like curl, we answer even if we did not offer this method. Without credentials, both strings are empty.
  const user = encodeText(proxy.username ?? "");
  const password = encodeText(proxy.password ?? "");
  socket.write(Buffer.from([PASSWORD_VERSION, ...user, ...password]));
  const [, status] = await readExactly(attempt, socket, 2);
  if (status !== SUCCEEDED) throw new Error("The proxy refuses the user");
}

async function readReply(attempt: Attempt, socket: Socket): Promise<void> {
  const [version, reply, , type] = await readExactly(attempt, socket, 4);
  if (version !== VERSION) throw new Error(`The proxy answered in version ${version}`);
  if (reply !== SUCCEEDED) throw new SocksRefusal(`The proxy could not connect: ${reply}`);
  // The address in the reply is not needed. But it must be read, because the bytes after it come from the peer.
  await readExactly(attempt, socket, (await replyBytes(attempt, socket, type)) + 2);
}

async function replyBytes(attempt: Attempt, socket: Socket, type: number | undefined): Promise<number> {
  if (type === ADDRESS_TYPES.ipv4) return 4;
  if (type === ADDRESS_TYPES.ipv6) return 16;
  if (type !== ADDRESS_TYPES.name) throw new Error(`The proxy answered with an address of type ${type}`);
  const [length = 0] = await readExactly(attempt, socket, 1);
  return length;
}

function encodeTarget({ host, port }: SocksTarget): number[] {
  return [...encodeHost(host), port >> 8, port & 0xff];
}

function encodeHost(host: string): number[] {
  if (isIPv4(host)) return [ADDRESS_TYPES.ipv4, ...addressBytes(host)];
  if (isIPv6(host)) return [ADDRESS_TYPES.ipv6, ...addressBytes(host)];
  return [ADDRESS_TYPES.name, ...encodeText(host)];
}

/** One byte with the length, then the bytes. */
function encodeText(text: ByteString): number[] {
  if (text.length > MAX_BYTES) throw new Error("A name, a user or a password is too long for SOCKS");
  return [text.length, ...Buffer.from(text, "latin1")];
}
