import assert from "node:assert/strict";
import { constants, type ServerHttp2Stream } from "node:http2";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import { type Http2Server, sayOk, startHttp2Server } from "../../support/http2-server.ts";
import type { RawRequest } from "../../support/raw-request.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const APPLICATION = null;
/** Streams that a server allows on a connection. */
const STREAMS = 2;

/** Streams that wait until the test answers them, by their path. */
class HeldStreams {
  readonly #streams: { readonly path: string; readonly stream: ServerHttp2Stream }[] = [];
  #wake = (): void => {};

  add(path: string, stream: ServerHttp2Stream): void {
    this.#streams.push({ path, stream });
    this.#wake();
  }

  paths(): string[] {
    return this.#streams.map(({ path }) => path);
  }

  async count(most: number): Promise<void> {
    while (this.#streams.length < most) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  answer(...paths: string[]): void {
    for (const path of paths) {
      const at = this.#streams.findIndex((one) => one.path === path);
      const [held] = this.#streams.splice(at, 1);
      if (held !== undefined && !held.stream.destroyed) sayOk(held.stream, {} as RawRequest);
    }
  }
}

describe("a connection that several calls use", () => {
  let held: HeldStreams;
  let server: Http2Server;
  let elsewhere: Http2Server;
  let network: Network;
  beforeEach(async () => {
    held = new HeldStreams();
    server = await startHttp2Server(undefined, {
      settings: { maxConcurrentStreams: STREAMS },
      onStream: (stream, { [constants.HTTP2_HEADER_PATH]: path }) => held.add(String(path), stream),
    });
    elsewhere = await startHttp2Server();
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
    await elsewhere.close();
  });

  const open = (maxTotal: number): void => {
    const ca = certificates().authority.cert;
    network = new Network([{ id: "t", maxTotal, maxHost: 0 }], { env: {}, ca });
  };
  const call = (url: string, script: number | null, run = 1): Promise<Outcome> => {
    const asker = script === null ? null : { number: run, script };
    return network.perform(transferTo(url), { asker, tenancy: asker && "runtime", timeoutMs: 20_000 });
  };
  const calls = (script: number | null, paths: readonly string[]): Promise<Outcome>[] =>
    paths.map((path) => call(`${server.base}${path}`, script));
  const allOk = async (all: readonly Promise<Outcome>[]): Promise<void> => {
    for (const outcome of await Promise.all(all)) assert.deepEqual(plainOutcome(outcome), OK);
  };

  it("counts for a script as long as one of its calls uses it", async () => {
    open(4);
    const first = calls(1, ["/1", "/2", "/3", "/4"]);
    await held.count(4);
    // Its share is two connections. Those who came first are over, and the connections are still in use.
    held.answer("/1", "/3");
    await Promise.race([first[0], first[2]]);
    const more = calls(1, ["/5", "/6", "/7", "/8"]);
    await held.count(4);
    await allOk([call(elsewhere.base, APPLICATION), call(elsewhere.base, 2)]);
    assert.equal(server.counts.sessions, 2);
    assert.equal(held.paths().length, 4);
    for (let rest = 6; rest > 0; rest -= 2) {
      await held.count(2);
      held.answer(...held.paths().slice(0, 2));
    }
    await allOk([...first, ...more]);
  });

  it("takes as many calls of its script as it has room for, whatever the share is", async () => {
    open(1);
    const all = calls(1, ["/1", "/2", "/3", "/4", "/5"]);
    await held.count(STREAMS);
    held.answer("/1");
    await held.count(STREAMS);
    held.answer(...held.paths());
    await held.count(STREAMS);
    held.answer(...held.paths());
    await allOk(all);
    assert.deepEqual(server.counts, { sessions: 1, mostStreams: STREAMS });
  });

  it("counts for another script, when only that one uses it", async () => {
    open(2);
    const [one] = calls(1, ["/1"]);
    await held.count(1);
    const [other] = calls(2, ["/2"]);
    await held.count(2);
    held.answer("/1");
    await allOk([one as Promise<Outcome>]);
    // The first script has its share again, and the second one has used it up.
    const waiting = call(elsewhere.base, 2);
    assert.equal(network.stats().t?.queued, 1);
    const own = call(elsewhere.base, 1);
    assert.equal(network.stats().t?.queued, 1);
    held.answer("/2");
    await allOk([other as Promise<Outcome>, waiting, own]);
  });
});
