import assert from "node:assert/strict";
import { syncBuiltinESMExports } from "node:module";
import os, { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import { findSource } from "../../../host/network/connect/source-address.ts";
import { connectTo, NAMES, outcomeOf } from "../../support/connecting.ts";
import { closedPort, listen } from "../../support/listener.ts";
import { connectorOf } from "../../support/names.ts";
import { ONE_LOOPBACK } from "../../support/platform.ts";

const LOOPBACK = Object.entries(networkInterfaces()).find(([, addresses]) =>
  addresses?.some(({ address }) => address === "127.0.0.1"),
)?.[0];

describe("an interface", () => {
  const IPV4 = { address: "192.0.2.1" };
  const LINK_LOCAL = { address: "fe80::1" };
  const ROWS: readonly (readonly [sourceip: string, expected: readonly string[]])[] = [
    ["one0", ["192.0.2.1"]],
    ["if!one0", ["192.0.2.1"]],
    ["TWO0", ["192.0.2.1", "fe80::1%two0"]],
    ["host!one0", ["looked up"]],
    ["none0", ["looked up"]],
  ];
  for (const [sourceip, expected] of ROWS) {
    it(`is where its addresses come from: ${sourceip}`, async (t) => {
      t.mock.method(os, "networkInterfaces", () => ({ one0: [IPV4], two0: [IPV4, LINK_LOCAL], none0: [] }));
      syncBuiltinESMExports();
      t.after(() => {
        t.mock.restoreAll();
        syncBuiltinESMExports();
      });
      assert.deepEqual(await findSource(sourceip, async () => ["looked up"]), expected);
    });
  }
});

describe("sourceip", () => {
  it("binds to an address, an interface, or the address of a host", { skip: ONE_LOOPBACK }, async (t) => {
    const { port } = await listen(t, (socket) => socket.end());
    const connector = connectorOf(async (name) => (name === "me.test" ? ["::2", "127.0.0.8"] : []));
    const rows: [sourceip: string, expected: string][] = [
      ["127.0.0.7", "127.0.0.7"],
      ["host!127.0.0.7", "127.0.0.7"],
      ["me.test", "127.0.0.8"],
      ["host!Me.Test", "127.0.0.8"],
      [`${LOOPBACK}`, "127.0.0.1"],
      [`${LOOPBACK?.toUpperCase()}`, "127.0.0.1"],
      [`if!${LOOPBACK}`, "127.0.0.1"],
    ];
    for (const [sourceip, expected] of rows) {
      const socket = await connectTo(`http://127.0.0.1:${port}/`, { transfer: { sourceip }, connector });
      assert.equal(socket.localAddress, expected, sourceip);
      socket.destroy();
    }
    for (const sourceip of ["", null]) {
      assert.equal(await outcomeOf(`http://127.0.0.1:${port}/`, { transfer: { sourceip } }), "connected");
    }
  });

  it("is INTERFACE_FAILED where it is nothing to bind to", async (t) => {
    const { port } = await listen(t, () => {});
    const rows = [
      "192.0.2.77",
      "no-such-interface",
      "unknown.test",
      "if!no-such-interface",
      "if!127.0.0.1",
      "host!unknown.test",
      `host!${LOOPBACK}`,
      "if!",
      "host!",
      "[::1]",
      "not an address",
      "127.0.0.1:80",
    ];
    for (const sourceip of rows) {
      const outcome = await outcomeOf(`http://127.0.0.1:${port}/`, { transfer: { sourceip } });
      assert.equal(outcome, "INTERFACE_FAILED", sourceip);
    }
  });

  it("leaves only the addresses of its family, and is COULDNT_CONNECT where that leaves none", async (t) => {
    const four = await listen(t, () => {});
    const six = await listen(t, () => {}, { host: "::1" });
    const rows: [host: string, port: number, sourceip: string, expected: string][] = [
      ["both.test", four.port, "127.0.0.1", "connected"],
      ["both.test", six.port, "::1", "connected"],
      ["both.test", four.port, "::1", "COULDNT_CONNECT"],
      ["v6.test", six.port, "127.0.0.1", "COULDNT_CONNECT"],
      ["127.0.0.1", four.port, "::1", "COULDNT_CONNECT"],
      ["[::1]", six.port, "127.0.0.1", "COULDNT_CONNECT"],
      ["127.0.0.1", await closedPort(), "127.0.0.1", "COULDNT_CONNECT"],
    ];
    for (const [host, port, sourceip, expected] of rows) {
      const connector = connectorOf(async (name) => NAMES[name] ?? []);
      const outcome = await outcomeOf(`http://${host}:${port}/`, { transfer: { sourceip }, connector });
      assert.equal(outcome, expected, `${sourceip} to ${host}`);
    }
  });
});
