import { MockAgent, request } from "undici";
import { createTestHttpBackground } from "../host/testing/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";

const ORIGIN = "http://api.example.com";
const POST = JSON.stringify({ name: "Ada", tags: ["a", "b"] });
const MOST_MICROS = 30;

/** A faked call, against one of undici's MockAgent. */
export const testing: Benchmark = {
  name: "testing",
  about: "CPU of calls that fakes answer, against undici's MockAgent",
  async run() {
    const http = await createTestHttpBackground();
    http.when({ method: "GET", url: `${ORIGIN}/get` }).reply(200, {}, "ok");
    http.when({ method: "POST", url: `${ORIGIN}/post`, json: JSON.parse(POST) }).reply(200, {}, { ok: true });
    const agent = new MockAgent();
    const pool = agent.get(ORIGIN);
    pool.intercept({ method: "GET", path: "/get" }).reply(200, "ok").persist();
    pool.intercept({ method: "POST", path: "/post", body: POST }).reply(200, { ok: true }).persist();
    try {
      return await measure([
        { name: "GET", get: () => http.http_background("default", `${ORIGIN}/get`) },
        {
          name: "POST of JSON, compared",
          get: () => http.http_background("default", `${ORIGIN}/post`, {}, POST),
        },
        { name: "GET with MockAgent", get: () => mocked(agent, "GET", "/get") },
      ]);
    } finally {
      await http.destroy();
      await agent.close();
    }
  },
};

async function measure(clients: readonly Client[]): Promise<Row[]> {
  const measures = await takeTurns(clients);
  const [gets = [], posts = [], mocks = []] = measures;
  return [
    { ...toCpuRow("a faked GET", gets), target: { most: MOST_MICROS } },
    { ...toCpuRow("a faked POST, whose JSON is compared", posts), target: { most: MOST_MICROS } },
    toCpuRow("a GET that MockAgent answers", mocks),
    toRatioRow("the faked GET, of that with MockAgent", gets, mocks),
  ];
}

async function mocked(dispatcher: MockAgent, method: "GET", path: string): Promise<ArrayBuffer> {
  const { body } = await request(ORIGIN + path, { dispatcher, method });
  return body.arrayBuffer();
}
