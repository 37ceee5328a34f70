import { createServer as createHttpServer } from "node:http";
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { certificates } from "../test/support/certificates.ts";
import type { Role } from "./server.ts";

const WAIT_MS = 2000;
const WINDOW = 16 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, "x");
const BODY = "x".repeat(200);
const RESPONSE = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);
const LARGE_RESPONSE = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Length: ${1 << 20}\r\n\r\n${"x".repeat(1 << 20)}`,
);

/** Reads requests without a body. It only looks for empty lines, because a parser would cost more than the client. */
function onRequests(socket: Socket, answer: (head: string) => void): void {
  let pending = "";
  socket.on("data", (chunk) => {
    const heads = (pending + chunk.toString("latin1")).split("\r\n\r\n");
    pending = heads.pop() ?? "";
    for (const head of heads) answer(head);
  });
  socket.on("error", () => socket.destroy());
}

const SERVERS: Record<Role, () => Server> = {
  gets: () =>
    createServer({ noDelay: true }, (socket) => {
      onRequests(socket, () => socket.write(RESPONSE));
    }),

  /** Answers with a mebibyte. */
  mebibytes: () =>
    createServer({ noDelay: true }, (socket) => {
      onRequests(socket, () => socket.write(LARGE_RESPONSE));
    }),

  /** Answers with the number of bytes that it got. */
  discards: () =>
    createHttpServer((request, response) => {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on("end", () => response.end(String(bytes)));
    }),

  /** Answers two seconds later with the target of the request. */
  waits: () =>
    createServer({ noDelay: true }, (socket) => {
      onRequests(socket, (head) => {
        const target = head.split(" ", 2)[1] ?? "";
        setTimeout(() => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`);
        }, WAIT_MS);
      });
    }),

  /** HTTP/2 and HTTP/1.1 over TLS. */
  secure: () => {
    const settings = { initialWindowSize: WINDOW };
    const server = createSecureServer({ ...certificates().good, allowHTTP1: true, settings }, hauls);
    return server.on("session", (session: ServerHttp2Session) => session.setLocalWindowSize(WINDOW));
  },
};

/** Answers with as many bytes as the path says, a chunk at a time, when the whole request is there. */
function hauls(request: Http2ServerRequest, response: Http2ServerResponse): void {
  request.resume();
  request.on("end", () => {
    let left = Number(request.url.slice(1));
    response.setHeader("content-length", left);
    const write = (): void => {
      while (left > 0) {
        const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
        left -= chunk.length;
        if (!response.write(chunk)) {
          response.once("drain", write);
          return;
        }
      }
      response.end();
    };
    write();
  });
}

const server = SERVERS[process.argv[2] as Role]();
server.listen({ port: 0, host: "127.0.0.1", backlog: 16_384 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on("disconnect", () => process.exit());
