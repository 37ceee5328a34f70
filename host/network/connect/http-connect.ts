import type { Socket } from "node:net";
import { type ProxyServer, proxyAuthorization } from "../route/proxy.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { formatHost } from "../url/origin.ts";

import type { Attempt } from "./attempt.ts";
import { readHead } from "./reader.ts";

const MAX_REPLY_BYTES = 65_536;

/**
 * Asks an HTTP proxy to open a tunnel. The proxy gets no header of the caller.
 *
 * @throws TransferFailure RECV_ERROR if the answer is not a 2xx, or if there is no answer
 */
export async function openTunnel(
  attempt: Attempt,
  socket: Socket,
  { proxy, target }: { proxy: ProxyServer; target: { hostname: string; port: number } },
): Promise<void> {
  socket.write(connectRequest(proxy, target), "latin1");
  const head = await readReply(attempt, socket);
  const status = /^HTTP\/1\.[01] ([0-9]{3})(?![0-9])/.exec(head)?.[1];
  if (status?.startsWith("2") !== true) {
    throw new TransferFailure("RECV_ERROR", new Error(`The proxy answered ${head.split(/\r?\n/, 1)[0]}`));
  }
}

async function readReply(attempt: Attempt, socket: Socket): Promise<ByteString> {
  try {
    return (await readHead(attempt, socket, MAX_REPLY_BYTES)).toString("latin1");
  } catch (error) {
    throw error instanceof TransferFailure ? error : new TransferFailure("RECV_ERROR", error);
  }
}

function connectRequest(
  proxy: ProxyServer,
  { hostname, port }: { hostname: string; port: number },
): ByteString {
  const host = formatHost({ hostname, port });
  const authorization = proxyAuthorization(proxy);
  return [
    `CONNECT ${host} HTTP/1.1`,
    `Host: ${host}`,
    ...(authorization === null ? [] : [`Proxy-Authorization: ${authorization}`]),
    "Proxy-Connection: Keep-Alive",
    "\r\n",
  ].join("\r\n");
}
