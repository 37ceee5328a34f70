import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import tls, { type TLSSocket } from "node:tls";
import { RecordCount } from "../../../host/network/connect/record-watch.ts";
import { Network } from "../../../host/network/network.ts";
import { certificates } from "../../support/certificates.ts";
import { connectTo, outcomeOf } from "../../support/connecting.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { listen } from "../../support/listener.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/** A record of TLS 1.2 with a HelloRequest, which means nothing before a ServerHello. */
const HELLO_REQUEST = Buffer.from("160303000400000000", "hex");
const LIMIT = tls.CLIENT_RENEG_LIMIT;
/** A connection that is open for so long was looked at, whatever else the machine does. */
const TWO_LOOKS_MS = 1100;
/** So many have more bytes around them than any peer may send without content. */
const LEAST_RECORDS = 20_000;

/** Begins another handshake as soon as one has ended, as long as the client takes part. */
function renegotiate(socket: Socket): void {
  const again = (error: Error | null): void => {
    if (error === null && !socket.destroyed) (socket as TLSSocket).renegotiate({}, again);
  };
  again(null);
}

/** Only TLS 1.2 knows renegotiations. */
const server = () => {
  const { cert, key } = certificates().good;
  return { tls: { cert, key, maxVersion: "TLSv1.2" as const } };
};

describe("a peer that sends TLS without content", () => {
  before(() => {
    Object.assign(tls, { CLIENT_RENEG_LIMIT: Number.MAX_SAFE_INTEGER });
  });
  after(() => {
    Object.assign(tls, { CLIENT_RENEG_LIMIT: LIMIT });
  });

  it("loses the connection, also if nobody uses it", async (t) => {
    const { port, open, allGone } = await listen(
      t,
      (socket) => {
        socket.once("data", () => socket.write(OK, () => renegotiate(socket)));
      },
      server(),
    );
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      ca: certificates().authority.cert,
    });
    t.after(() => network.destroy());
    const outcome = await network.perform(transferTo(`https://localhost:${port}/`));
    assert.deepEqual(plainOutcome(outcome), { status: 200, content: "ok" });
    assert.equal(open.size, 1);
    await allGone();
    while (network.stats().t?.idle !== 0) await setImmediate();
  });

  it("loses it also after much content", async (t) => {
    const { port, allGone } = await listen(
      t,
      (socket) => {
        socket.resume();
        socket.write(Buffer.alloc(2 ** 20), () => renegotiate(socket));
      },
      server(),
    );
    const socket = await connectTo(`https://localhost:${port}/`);
    const [error] = await once(socket.resume(), "error");
    assert.equal(String(error), "Error: TLS without content");
    await allGone();
  });

  it("ends the call that waits for it", async (t) => {
    const { port } = await listen(t, (socket) => socket.once("data", () => renegotiate(socket)), server());
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      ca: certificates().authority.cert,
    });
    t.after(() => network.destroy());
    const outcome = await network.perform(transferTo(`https://localhost:${port}/`));
    assert.deepEqual(plainOutcome(outcome), { code: "RECV_ERROR" });
  });

  it("ends a handshake that it does not begin", async (t) => {
    const flood = Buffer.concat(Array<Buffer>(5000).fill(HELLO_REQUEST));
    const { port, allGone } = await listen(t, (socket) => {
      const write = (): void => {
        if (!socket.destroyed) socket.write(flood, write);
      };
      socket.once("data", write);
    });
    assert.equal(await outcomeOf(`https://localhost:${port}/`), "SSL_CONNECT_ERROR");
    await allGone();
  });

  it("is noticed inside of a tunnel, too", async (t) => {
    const { port } = await listen(t, renegotiate, server());
    const proxy = await startHttpProxy(t, { tls: certificates().good });
    const transfer = { proxy: `https://127.0.0.1:${proxy.port}` };
    const socket = await connectTo(`https://localhost:${port}/`, { transfer });
    const [error] = await once(socket.resume(), "error");
    assert.equal(String(error), "Error: TLS without content");
    await proxy.allGone();
  });

  it("keeps it while there is content, in however small records", async (t) => {
    let sent = 0;
    const { port } = await listen(
      t,
      (socket) => {
        socket.resume();
        const end = performance.now() + TWO_LOOKS_MS;
        const write = (): void => {
          if (++sent >= LEAST_RECORDS && performance.now() > end) socket.end("x");
          else socket.write("x", write);
        };
        write();
      },
      server(),
    );
    const socket = await connectTo(`https://localhost:${port}/`);
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    assert.equal(bytes, sent);
  });
});

/** What is looked at every half second, for an hour. */
function isEverFlooded(cameInALook: number, contentInALook: number): boolean {
  const count = new RecordCount(0);
  for (let look = 1; look <= 7200; look++) {
    if (count.isFlooded(look * cameInALook, look * contentInALook, look * 500)) return true;
  }
  return false;
}

const MIB = 2 ** 20;

describe("what is not content", () => {
  const FEW: [what: string, came: number, content: number][] = [
    ["a hundred events a second of 9 bytes, in records that are padded to 4 KiB", 50 * 4096, 50 * 9],
    ["a hundred chunks of one byte, in records that are padded to 16 KiB", 50 * 16_406, 50 * 6],
    ["one byte every two seconds, in a record of 16 KiB", 16_406 / 4, 1 / 4],
    ["a KeyUpdate every second", 27 / 2, 0],
  ];
  for (const [what, came, content] of FEW)
    it(`is not too much: ${what}`, () => assert.equal(isEverFlooded(came, content), false));

  it("is too much without end, if there is no content", () => {
    assert.equal(isEverFlooded(MIB / 64, 0), true);
    assert.equal(isEverFlooded(MIB, 100), true);
  });

  const LIMITS: [what: string, most: number, content: number, ms: number][] = [
    ["at once", 256 * 1024, 0, 0],
    ["with a byte of content", 256 * 1024 + 3072, 1, 0],
    ["in a millisecond", 256 * 1024 + 16, 0, 1],
    ["with both", 256 * 1024 + 2 * 3072 + 3 * 16, 2, 3],
  ];
  for (const [what, most, content, ms] of LIMITS) {
    it(`is too much from one byte more on: ${what}`, () => {
      const isFlooded = (came: number): boolean => new RecordCount(0).isFlooded(came, content, ms);
      assert.deepEqual([isFlooded(most), isFlooded(most + 1)], [false, true]);
    });
  }

  it("is not paid for by what came before", () => {
    const count = new RecordCount(0);
    assert.equal(count.isFlooded(100 * MIB, 100 * MIB, 500), false);
    assert.equal(count.isFlooded(101 * MIB, 100 * MIB, 1000), true);
    const idle = new RecordCount(0);
    assert.equal(idle.isFlooded(0, 0, 3_600_000), false);
    assert.equal(idle.isFlooded(MIB, 0, 3_600_500), true);
  });
});
