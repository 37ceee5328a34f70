import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { type Listener, listen } from "../../support/listener.ts";
import { connectorOf } from "../../support/names.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const PUBLIC = "127.0.0.1";
const PRIVATE = "127.0.0.2";
const OK = { status: 200, content: "ok" };
const DENIED = { code: "DENIED" };
const CLOSING = { send: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", end: true };
const PAST_THE_CACHE_MS = 61_000;

/**
 * A script that may call any name, a server that counts as public for it, and a server that does not. Names have the
 * addresses that `answers` gives at that time.
 */
interface Scene {
  answers: string[];
  lookups: number;
  server: ScriptedServer;
  trap: Listener;
  passTime(ms: number): void;
  call(): Promise<Outcome>;
  /** A call of the application, whose request cannot be made once there is a connection. */
  fail(): Promise<Outcome>;
}

async function scene(t: TestContext, otherwise?: typeof CLOSING): Promise<Scene> {
  const server = await startScriptedServer([], otherwise === undefined ? {} : { otherwise });
  const { port } = server;
  const trap = await listen(t, () => {}, { host: PRIVATE, port });
  let now = 0;
  const resolve = async () => {
    scene.lookups++;
    return scene.answers;
  };
  const connector = connectorOf(resolve, { now: () => now });
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
    connect: (destination, options) => connector.connect(destination, options),
    env: {},
  });
  t.after(async () => {
    await network.destroy();
    await server.close();
  });
  // The second entry allows the address of the first server, like a public address.
  const rules = { allow: ["http://*:*", `http://${PUBLIC}:${port}`] };
  const policy = createPolicy(rules, { audience: "script" });
  const scene: Scene = {
    answers: [PUBLIC],
    lookups: 0,
    server,
    trap,
    passTime: (ms) => {
      now += ms;
    },
    call: () => network.perform(transferTo(`http://rebinding.example:${port}/`, { proxy: null }), { policy }),
    fail: () => {
      const body = stringBody("x");
      Object.defineProperty(body, "bytes", { get: () => assert.fail("the body is gone") });
      const changes = { proxy: null, method: "POST", body };
      return network.perform(transferTo(`http://rebinding.example:${port}/`, changes));
    },
  };
  return scene;
}

describe("a name that changes its addresses", () => {
  it("is denied as soon as one of them is private, and the private one is never dialled", async (t) => {
    const the = await scene(t, CLOSING);
    assert.deepEqual(plainOutcome(await the.call()), OK);
    for (const answers of [[PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC], ["::1", PUBLIC]]) {
      the.passTime(PAST_THE_CACHE_MS);
      the.answers = answers;
      assert.deepEqual(plainOutcome(await the.call()), DENIED, answers.join());
    }
    the.passTime(PAST_THE_CACHE_MS);
    the.answers = [PUBLIC];
    assert.deepEqual(plainOutcome(await the.call()), OK);
    assert.deepEqual([the.server.connections.accepted, the.trap.accepted], [2, 0]);
  });

  it("is dialled at the address that was checked: it is looked up once for each connection", async (t) => {
    const the = await scene(t, CLOSING);
    for (let calls = 1; calls <= 3; calls++) {
      assert.deepEqual(plainOutcome(await the.call()), OK);
      assert.equal(the.lookups, calls);
      the.passTime(PAST_THE_CACHE_MS);
    }
  });

  it("keeps its answer for a minute, and each connection that opens meanwhile is checked against it", async (t) => {
    const the = await scene(t, CLOSING);
    assert.deepEqual(plainOutcome(await the.call()), OK);
    the.answers = [PRIVATE];
    assert.deepEqual(plainOutcome(await the.call()), OK);
    assert.deepEqual([the.lookups, the.trap.accepted], [1, 0]);
  });

  it("goes on over its open connection, which leads where it led", async (t) => {
    const the = await scene(t);
    assert.deepEqual(plainOutcome(await the.call()), OK);
    the.passTime(PAST_THE_CACHE_MS);
    the.answers = [PRIVATE];
    assert.deepEqual(plainOutcome(await the.call()), OK);
    assert.deepEqual([the.server.connections.accepted, the.lookups, the.trap.accepted], [1, 1, 0]);
  });

  it("is denied on a connection that somebody else opened and never used", async (t) => {
    const the = await scene(t);
    the.answers = [PRIVATE];
    assert.ok("code" in (await the.fail()));
    assert.equal(the.trap.accepted, 1);
    the.answers = [PUBLIC];
    assert.deepEqual(plainOutcome(await the.call()), DENIED);
  });
});
