import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

/** Answers of a server to HEAD, and whether the connection can be used again. */
const HEADS: readonly [head: string, isKept: boolean][] = [
  ["HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n", true],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true],
  ["HTTP/1.1 200 OK\r\n\r\n", true],
  ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n", true],
  ["HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", false],
  ["HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: chunked\n\n", false],
  ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", false],
  ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false],
  ["HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true],
];

describe("HEAD", () => {
  let server: Server;
  let base: string;
  let network: Network;
  /** What is sent for each request, in order. */
  let answers: string[];
  let size: number;
  let accepted: number;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    answers = [];
    size = Number.POSITIVE_INFINITY;
    accepted = 0;
    server = createServer({ noDelay: true }, (socket) => {
      accepted++;
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
      socket.on("data", () => void send(socket, answers.shift() ?? "", size));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
  });
  afterEach(async () => {
    await network.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });

  const head = async (changes: Partial<Transfer> = {}): Promise<unknown> =>
    plainOutcome(await network.perform(transferTo(`${base}/`, { method: "HEAD", timeout: 20, ...changes })));

  for (const bytes of [Number.POSITIVE_INFINITY, 1]) {
    it(`has no content, whatever its head says (${bytes} bytes at a time)`, async () => {
      size = bytes;
      for (const [text, isKept] of HEADS) {
        answers = [text, "HTTP/1.1 204 X\r\n\r\n"];
        const before = accepted;
        const onContent = (): boolean => false;
        assert.deepEqual(await head({ maxFileSize: 1, onContent }), { status: 200, content: "" }, text);
        assert.deepEqual(await head(), { status: 204, content: "" }, text);
        // The connection of the row before may still be there.
        assert.equal(accepted - before, (before === 0 ? 1 : 0) + (isKept ? 0 : 1), text);
      }
    });

    it(`takes what follows for nothing (${bytes} bytes at a time)`, async () => {
      size = bytes;
      for (const [text] of HEADS) {
        answers = [`${text}no chunks`];
        assert.deepEqual(await head({ maxFileSize: 1 }), { status: 200, content: "" }, text);
        await network.destroy();
        network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
      }
    });

    it(`stays HEAD on the way of redirects (${bytes} bytes at a time)`, async () => {
      size = bytes;
      const framing = ["Transfer-Encoding: chunked", "Content-Length: 999999", "X: y"];
      answers = framing.map((field) => `HTTP/1.1 302 X\r\nLocation: /next\r\n${field}\r\n\r\n`);
      answers.push(HEADS[1]?.[0] as string);
      assert.deepEqual(await head({ maxFileSize: 1, redirects: -1 }), { status: 200, content: "" });
      assert.equal(accepted, 1);
    });
  }

  it("needs no more of a head than its first line, as ever", async () => {
    answers = ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"];
    const result = head();
    await once(server, "connection");
    const [socket] = [...sockets];
    await once(socket as Socket, "data");
    socket?.end();
    assert.deepEqual(await result, { status: 200, content: "" });
  });
});

async function send(socket: Socket, text: string, size: number): Promise<void> {
  for (let at = 0; at < text.length && socket.writable; at += size) {
    await new Promise((resolve) => socket.write(text.slice(at, at + size), "latin1", resolve));
    // The reader is in this process and needs a turn. Otherwise the kernel joins the bytes again.
    await new Promise(setImmediate);
  }
}
