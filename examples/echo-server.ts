import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** The answer of the server, as JSON. It describes the request as it came. */
export interface Echo {
  /** The line `POST /post?a=b HTTP/1.1`, then one line for each header. */
  head: string[];
  /** The body, after the chunks are joined. */
  body: string;
  bytes: number;
}

export interface EchoServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a server on a free port of the loopback interface. It answers every request with a description of the request.
 * `/unstable` answers with 503 at first.
 */
export async function startEchoServer(): Promise<EchoServer> {
  let refusals = 2;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url === "/unstable" && refusals-- > 0) response.statusCode = 503;
    const echo: Echo = { head: headOf(request), body: body.toString(), bytes: body.length };
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(echo));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string[] {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return lines;
}
