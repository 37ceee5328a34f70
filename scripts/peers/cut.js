// An origin that closes its connections before its answers are complete. The servers in front of it say so to us.
import { once } from "node:events";
import { createServer } from "node:net";
import { keep } from "./program.js";

const PART = "x".repeat(10_000);

/** The beginning of the answer to each path. */
const ANSWERS = {
  "/cut/before": "",
  "/cut/head": "HTTP/1.1 200 OK\r\nContent-",
  "/cut/length": `HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n${PART}`,
  "/cut/chunks": `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${PART.length.toString(16)}\r\n${PART}\r\n`,
  "/cut/close": `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${PART}`,
};

export async function startCut() {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => socket.end(ANSWERS[head.toString("latin1").split(" ", 2)[1]] ?? ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  keep({ stop: () => server.close() });
  return { cut: server.address().port };
}
