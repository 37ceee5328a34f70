import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import type { Policy } from "../../../host/network/transfer/policy.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { outcomeOf, testConnector } from "../../support/connecting.ts";
import { leftovers, openHandles } from "../../support/handles.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { listen } from "../../support/listener.ts";
import { connectorOf } from "../../support/names.ts";
import { ONE_LOOPBACK } from "../../support/platform.ts";
import { startSocksProxy } from "../../support/socks-proxy.ts";

/** A policy that denies these addresses, and the addresses that it has checked. */
function denying(...denied: string[]): { policy: Policy; asked: string[] } {
  const asked: string[] = [];
  const policy: Policy = {
    checkUrl: () => {},
    checkAddress: ({ hostname }, address) => {
      asked.push(`${hostname} at ${address}`);
      if (denied.includes(address)) throw new TransferFailure("DENIED");
    },
  };
  return { policy, asked };
}

describe("the policy", () => {
  it("is asked for each address before it is dialled, literal ones too", async (t) => {
    const { port, ...server } = await listen(t, () => {});
    const { policy, asked } = denying("127.0.0.1");
    for (const host of ["127.0.0.1", "0x7f.1", "good.test", "localhost"]) {
      assert.equal(await outcomeOf(`http://${host}:${port}/`, { options: { policy } }), "DENIED");
    }
    assert.deepEqual(asked, [
      "127.0.0.1 at 127.0.0.1",
      "127.0.0.1 at 127.0.0.1",
      "good.test at 127.0.0.1",
      "localhost at ::1",
      "localhost at 127.0.0.1",
    ]);
    assert.equal(server.open.size, 0);
  });

  it("denies a name that has one address that it denies", { skip: ONE_LOOPBACK }, async (t) => {
    const { port } = await listen(t, () => {}, { host: "127.0.0.3" });
    const { policy } = denying("127.0.0.2");
    const connector = connectorOf(async () => ["127.0.0.3", "127.0.0.2"]);
    assert.equal(await outcomeOf(`http://two.test:${port}/`, { connector, options: { policy } }), "DENIED");
  });

  it("denies it also where that address could not be connected to: from the source address, through the proxy", async (t) => {
    const { port } = await listen(t, () => {});
    const socks = await startSocksProxy(t);
    const rows: Partial<Transfer>[] = [
      { sourceip: "127.0.0.1" },
      { proxy: `socks4://127.0.0.1:${socks.port}` },
    ];
    const connector = connectorOf(async () => ["127.0.0.1", "2001:db8::1"]);
    for (const transfer of rows) {
      const lax = { connector, transfer, options: denying() };
      assert.equal(await outcomeOf(`http://two.test:${port}/`, lax), "connected");
      const strict = { connector, transfer, options: denying("2001:db8::1") };
      assert.equal(await outcomeOf(`http://two.test:${port}/`, strict), "DENIED");
    }
    await socks.allGone();
  });

  it("is asked at every connection, though the name's addresses are kept", async (t) => {
    const { port } = await listen(t, () => {});
    const connector = testConnector();
    const lax = denying();
    assert.equal(await outcomeOf(`http://good.test:${port}/`, { connector, options: lax }), "connected");
    const strict = denying("127.0.0.1");
    assert.equal(await outcomeOf(`http://good.test:${port}/`, { connector, options: strict }), "DENIED");
  });

  it("is not asked about the proxy, but about every address of the target that is known here", async (t) => {
    const before = openHandles();
    const http = await startHttpProxy(t);
    const socks = await startSocksProxy(t);
    const target = await listen(t, () => {});
    const rows: [proxy: string, url: string, expected: string, asked: string[]][] = [
      [`http://127.0.0.1:${http.port}`, "http://good.test/", "connected", []],
      [`http://127.0.0.1:${http.port}`, "http://127.0.0.2/", "DENIED", ["127.0.0.2 at 127.0.0.2"]],
      [`http://127.0.0.1:${http.port}`, "https://127.0.0.2/", "DENIED", ["127.0.0.2 at 127.0.0.2"]],
      [`socks4a://127.0.0.1:${socks.port}`, `http://good.test:${target.port}/`, "connected", []],
      [`socks5h://127.0.0.1:${socks.port}`, `http://good.test:${target.port}/`, "connected", []],
      [`socks5h://127.0.0.1:${socks.port}`, "http://127.0.0.2/", "DENIED", ["127.0.0.2 at 127.0.0.2"]],
      [`socks4://127.0.0.1:${socks.port}`, "http://bad.test/", "DENIED", ["bad.test at 127.0.0.2"]],
      [`socks5://127.0.0.1:${socks.port}`, "http://bad.test/", "DENIED", ["bad.test at 127.0.0.2"]],
    ];
    const connector = connectorOf(async (name) => [name === "bad.test" ? "127.0.0.2" : "127.0.0.1"]);
    for (const [proxy, url, expected, expectedAsked] of rows) {
      const { policy, asked } = denying("127.0.0.2");
      const outcome = await outcomeOf(url, { connector, transfer: { proxy }, options: { policy } });
      assert.deepEqual([outcome, asked], [expected, expectedAsked], `${proxy} to ${url}`);
    }
    await Promise.all([http.allGone(), socks.allGone()]);
    assert.deepEqual(await leftovers(before), []);
  });
});
