import { Agent } from "undici";
import { createHttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { AT_ONCE, type Client, takeTurns, toBars, toRatioRow } from "./turns.ts";

const PATH = "/events?a=b";
const TIMEOUT_S = 10;
const TYPE = "application/json";
const EVENT = JSON.stringify({
  id: 4711,
  kind: "message",
  to: ["a@example.com", "b@example.com"],
  size: 15_360,
});
const OPTIONS = {
  headers: [`Content-Type: ${TYPE}`, "Accept: application/json", "X-Request-Id: 4711"],
  timeout: TIMEOUT_S,
};
const HEADERS = { "content-type": TYPE, accept: TYPE, "x-request-id": "4711" };

/** A POST as applications make it: JSON, three headers, and a limit on its time. */
export const posts: Benchmark = {
  name: "posts",
  about: `CPU of POSTs of JSON with headers and a timeout, ${AT_ONCE} at a time, against undici with AbortSignal.timeout`,
  async run() {
    await using server = await startServer("gets");
    const origin = server.url;
    const http = await createHttpBackground({ threads: [{ id: "default", max_total: AT_ONCE }] });
    const agent = new Agent({ connections: AT_ONCE });
    const clients: Client[] = [
      { name: "http_background", get: () => http.http_background("default", origin + PATH, OPTIONS, EVENT) },
      { name: "agent.request", get: () => postWithUndici(agent, origin) },
    ];
    try {
      const measures = await takeTurns(clients);
      const [own = [], request = []] = measures;
      return [
        ...toBars(clients, measures),
        { ...toRatioRow("against agent.request", own, request), target: { most: 0.85 } },
      ] satisfies Row[];
    } finally {
      await Promise.all([http.close(), agent.close()]);
    }
  },
};

async function postWithUndici(agent: Agent, origin: string): Promise<Buffer> {
  const signal = AbortSignal.timeout(1000 * TIMEOUT_S);
  const { body } = await agent.request({
    origin,
    path: PATH,
    method: "POST",
    headers: HEADERS,
    body: EVENT,
    signal,
  });
  return Buffer.from(await body.arrayBuffer());
}
