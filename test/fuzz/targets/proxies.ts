import type { Socket } from "node:net";
import { Attempt } from "../../../host/network/connect/attempt.ts";
import { openTunnel } from "../../../host/network/connect/http-connect.ts";
import { connectSocks4 } from "../../../host/network/connect/socks4.ts";
import { connectSocks5 } from "../../../host/network/connect/socks5.ts";
import type { ProxyServer } from "../../../host/network/route/proxy.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { failureCode } from "./codes.ts";
import { piecesOf } from "./pieces.ts";

const GRAMMAR = {
  seeds: [
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.0 407 X\nProxy-Authenticate: Basic\nContent-Length: 3\n\nabc",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "\x00\x5a\0\0\0\0\0\0",
    "\x05\x02\x01\x00\x05\0\0\x01\x7f\0\0\x01\x12\x34",
    "\x05\0\x05\0\0\x03\x09localhost\0\x50",
  ],
  words: ["A: b\r\n", "\r\n", "\n", "\r", "HTTP/1.1 ", "200", "\x05", "\0", "\x01", "\x03", "\xff", "x", " "],
};

const TARGET = { hostname: "a.example", port: 443 };
const SOCKS_TARGET = { host: "a.example", port: 443 };
/** How many bytes come at a time. */
const PIECE = 16;

type Handshake = (attempt: Attempt, socket: Socket, proxy: ProxyServer) => Promise<unknown>;

function proxyTarget(name: string, scheme: ProxyServer["scheme"], shake: Handshake): Target {
  const proxy = { scheme, hostname: "proxy.example", port: 1080, username: "u", password: "p" };
  return {
    name,
    largest: 70_000,
    nanosPerByte: 400,
    make: (random, size) => makeInput(random, size, GRAMMAR),
    async read(input) {
      const { signal } = new AbortController();
      const attempt = new Attempt({ timeoutMs: 60_000, signal }, { what: "asking", ...TARGET });
      try {
        return await shake(attempt, socketOf(piecesOf(input, PIECE)), proxy);
      } catch (error) {
        // For every failed handshake with a proxy, the caller gets the same code.
        throw error instanceof Error ? new TransferFailure("PROXY", error) : error;
      } finally {
        attempt.abandon();
      }
    },
    codeOf: failureCode,
  };
}

/** The part of a socket that a handshake uses. It is closed after these pieces. */
function socketOf(pieces: Buffer[]): Socket {
  const socket = {
    destroyed: true,
    write: () => true,
    read: () => pieces.shift() ?? null,
    unshift: (piece: Buffer) => pieces.unshift(piece),
    on: () => socket,
    off: () => socket,
  };
  return socket as unknown as Socket;
}

/** Answers of HTTP proxies to CONNECT. */
export const tunnels: Target = proxyTarget("tunnels", "http", (attempt, socket, proxy) =>
  openTunnel(attempt, socket, { proxy, target: TARGET }),
);
/** Answers of SOCKS proxies of version 4. */
export const socks4: Target = proxyTarget("socks4", "socks4a", (attempt, socket, proxy) =>
  connectSocks4(attempt, socket, { proxy, target: SOCKS_TARGET }),
);
/** Answers of SOCKS proxies of version 5. */
export const socks5: Target = proxyTarget("socks5", "socks5h", (attempt, socket, proxy) =>
  connectSocks5(attempt, socket, { proxy, target: SOCKS_TARGET }),
);
