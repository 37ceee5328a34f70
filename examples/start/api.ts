import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that stands for somebody's API. */
export interface Api extends AsyncDisposable {
  readonly url: string;
  /** Answers the requests for `/slow` that wait, and from now on all of them at once. */
  release(): void;
}

/** @param token without it, nobody gets a customer */
export async function startApi(token: string): Promise<Api> {
  const waiting: ServerResponse[] = [];
  let isReleased = false;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    if (request.url === "/slow" && !isReleased) waiting.push(response);
    else if (!request.url?.startsWith("/customers/")) response.end("pong");
    else if (request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end();
    else response.end(JSON.stringify({ name: "Ada", plan: "free" }));
  });
  await once(server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    release() {
      isReleased = true;
      for (const response of waiting) response.end("pong");
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
