import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type RawRequest, takeRequest } from "../../../support/raw-request.ts";

/** A server that remembers every request. If its query has `to=LOCATION`, it redirects there. */
export interface RecordingServer {
  readonly port: number;
  readonly base: string;
  /** The requests since the last time, complete or not. */
  takeAll(): RawRequest[];
  close(): Promise<void>;
}

export async function startRecordingServer(): Promise<RecordingServer> {
  let requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let one = takeRequest(bytes); one !== null; one = takeRequest(bytes)) {
        bytes = bytes.subarray(one.raw.length);
        requests.push(one);
        socket.write(answerTo(one.target), "latin1");
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    base: `http://127.0.0.1:${port}`,
    takeAll: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function answerTo(target: string): string {
  const [, location] = /[?&]to=([^&]*)/.exec(target) ?? [];
  if (location === undefined) return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  return `HTTP/1.1 302 X\r\nLocation: ${decodeURIComponent(location)}\r\nContent-Length: 0\r\n\r\n`;
}
