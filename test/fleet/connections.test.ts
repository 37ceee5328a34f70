import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Fleet } from "../../host/api/fleet.ts";
import { readFleetOptions } from "../../host/fleet/options.ts";
import { ThreadLeases } from "../../host/fleet/thread-leases.ts";
import { createHttpBackground, type HostOptions, type HttpBackground } from "../../host/index.ts";
import { REAL_CLOCK } from "../../host/lifetime/clock.ts";
import { certificates } from "../support/certificates.ts";
import { startHttp2Server } from "../support/http2-server.ts";
import { LeaseServerDouble, Line } from "../support/lease-server-double.ts";
import { newGauge, OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

/** The machine may stand still for some seconds. */
const LEASE_MS = 60_000;

/** Processes of a fleet in one process, with real connections. */
class Fleets {
  readonly server: LeaseServerDouble;
  readonly line: Line;
  readonly all: HttpBackground[] = [];
  readonly #limits: { maxTotal: number; maxHost: number };
  readonly #fleet: Fleet;

  constructor(maxTotal: number, maxHost: number, whenLost: "share" | "open" | "closed" = "share") {
    this.#limits = { maxTotal, maxHost };
    this.server = new LeaseServerDouble(REAL_CLOCK);
    this.line = new Line(this.server, REAL_CLOCK);
    const settings = readFleetOptions({ name: "f", leaseMs: LEASE_MS, whenLost });
    this.#fleet = { name: "f", leasesOf: (thread) => new ThreadLeases(thread, this.line, settings) };
  }

  async start(options: HostOptions = {}): Promise<HttpBackground> {
    const { maxTotal, maxHost } = this.#limits;
    const thread = { id: "t", max_total: maxTotal, max_host: maxHost };
    const ca = certificates().authority.cert;
    const http = await createHttpBackground({ threads: [thread] }, { fleet: this.#fleet, ca, ...options });
    this.all.push(http);
    return http;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((http) => http.destroy()));
  }
}

async function callAll(http: HttpBackground, url: string, count: number): Promise<void> {
  const calls = Array.from({ length: count }, () => http.http_background("t", url));
  for (const { status, error } of await Promise.all(calls)) assert.equal(status, 200, error);
}

describe("connections of a fleet", () => {
  let slow: ScriptedServer;
  let quick: ScriptedServer;
  const total = newGauge();
  before(async () => {
    slow = await startScriptedServer([], { otherwise: { ...OK, delay_ms: 20 }, total });
    quick = await startScriptedServer([], { otherwise: OK, total });
  });
  after(async () => {
    await slow.close();
    await quick.close();
  });

  it("are replaced at once by one to another host, before they time out", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(1, 1);
    const http = await fleet.start();
    for (const { base } of [slow, quick, slow, quick]) {
      // Idle connections are closed after 4 seconds.
      const { status, error } = await http.http_background("t", base, { timeout: 3 });
      assert.equal(status, 200, error);
    }
  });

  it("are never more than its limits, as servers see them", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(5, 3);
    const all = [await fleet.start(), await fleet.start(), await fleet.start()];
    await Promise.all(all.flatMap((http) => [callAll(http, slow.base, 60), callAll(http, quick.base, 60)]));
    assert.ok(slow.connections.most <= 3, `${slow.connections.most} to one host`);
    assert.ok(quick.connections.most <= 3, `${quick.connections.most} to one host`);
    assert.ok(total.most <= 5, `${total.most} in total`);
    for (const http of all) {
      assert.equal(http.stats().t?.completed, 120);
      await http.close();
    }
    assert.deepEqual([fleet.server.held(), fleet.server.members, fleet.server.hosts], [0, 0, []]);
  });

  it("go from who does not use them to who waits", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(2, 0);
    const [first, second] = [await fleet.start(), await fleet.start()];
    await callAll(first, slow.base, 2);
    assert.equal(first.stats().t?.idle, 2);
    await callAll(second, quick.base, 1);
    assert.equal(second.stats().t?.fleet?.leases, 1);
  });

  it("go from who has all to who waits, when a call on them ends", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(1, 0);
    const [first, second] = [await fleet.start(), await fleet.start()];
    let isOver = false;
    const busy = (async () => {
      while (!isOver) await callAll(first, slow.base, 1);
    })();
    while (first.stats().t?.completed === 0) await callAll(first, slow.base, 1);
    await callAll(second, quick.base, 1);
    isOver = true;
    await busy;
  });

  it("of HTTP/2 take no more calls when others wait, and end those that they have", {
    timeout: 60_000,
  }, async () => {
    const server = await startHttp2Server((stream) => {
      setTimeout(() => {
        stream.respond({ ":status": 200 });
        stream.end("ok");
      }, 30);
    });
    try {
      await using fleet = new Fleets(1, 1);
      const [first, second] = [await fleet.start(), await fleet.start()];
      let isOver = false;
      // There is never a moment without a stream.
      const busy = Array.from({ length: 10 }, async () => {
        while (!isOver) await callAll(first, server.base, 1);
      });
      while (first.stats().t?.http2 !== 1) await callAll(first, server.base, 1);
      await callAll(second, server.base, 5);
      isOver = true;
      await Promise.all(busy);
      assert.ok(server.counts.sessions >= 2);
      assert.ok(server.counts.mostStreams > 1);
    } finally {
      await server.close();
    }
  });

  it("are used again without a question", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(1, 1);
    const http = await fleet.start();
    await callAll(http, quick.base, 1);
    fleet.line.delayMs = Number.POSITIVE_INFINITY;
    await callAll(http, quick.base, 50);
  });

  it("are refused if the server is gone and limits are closed", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(1, 1, "closed");
    fleet.line.fault = new Error("connect ECONNREFUSED 127.0.0.1:6379");
    const http = await fleet.start();
    const { code, error, cause } = await http.http_background("t", quick.base);
    assert.equal(code, "FLEET_UNAVAILABLE");
    assert.equal(error, "The limits of the fleet are not known");
    assert.match(String(cause?.message), /ECONNREFUSED/);
    assert.equal((await http.http_background("t", quick.base)).code, "FLEET_UNAVAILABLE", "and a later one");
    assert.equal(http.stats().t?.fleet?.state, "lost");
    assert.equal(http.stats().t?.queued, 0);
  });

  it("wait as long as a call waits for its lease", { timeout: 60_000 }, async () => {
    await using fleet = new Fleets(1, 1);
    fleet.line.delayMs = 200;
    const http = await fleet.start();
    const late = await http.http_background("t", quick.base, {}, undefined, { timeoutMs: 20 });
    assert.equal(late.code, "OPERATION_TIMEDOUT");
    await callAll(http, quick.base, 1);
  });
});

describe("the option fleet", () => {
  for (const wrong of [null, {}, "fleet", { name: "f" }]) {
    it(`is not ${JSON.stringify(wrong)}`, async () => {
      await assert.rejects(
        createHttpBackground({ threads: [{ id: "t" }] }, { fleet: wrong as unknown as Fleet }),
        { code: "BAD_CONFIG", option: "fleet" },
      );
    });
  }

  it("leaves nothing behind if the plugin cannot be loaded", async () => {
    await using fleet = new Fleets(1, 1);
    await assert.rejects(fleet.start({ wasm: new Uint8Array() }), { code: "BAD_MODULE" });
    assert.equal(fleet.server.members, 0);
    const { asked } = fleet.server;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(fleet.server.asked, asked);
  });

  it("changes nothing for a thread without limits", async () => {
    await using fleet = new Fleets(0, 0);
    const http = await fleet.start();
    assert.equal(http.stats().t?.fleet, undefined);
    assert.equal(fleet.server.asked, 0);
  });
});
