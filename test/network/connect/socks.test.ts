import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { certificates } from "../../support/certificates.ts";
import { greetingOf, outcomeOf } from "../../support/connecting.ts";
import { leftovers, openHandles } from "../../support/handles.ts";
import { listen } from "../../support/listener.ts";
import { ONE_LOOPBACK } from "../../support/platform.ts";
import { type SocksProxyOptions, startSocksProxy } from "../../support/socks-proxy.ts";

const hello = (socket: Socket): unknown => socket.end("hello");
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** A target that sends a greeting, and what a proxy of this kind got to reach it, with `PORT` for the port. */
async function handshake(
  t: Parameters<typeof listen>[0],
  { proxy, host, ...options }: { proxy: (port: number) => string; host: string } & SocksProxyOptions,
): Promise<string> {
  const target = await listen(t, hello);
  const server = await startSocksProxy(t, options);
  const url = `http://${host}:${target.port}/`;
  assert.equal(await greetingOf(url, { transfer: { proxy: proxy(server.port) } }), "hello");
  const port = target.port.toString(16).padStart(4, "0");
  return (server.handshakes[0] ?? "").replace(port, "PORT");
}

describe("a connection through a SOCKS proxy", () => {
  it("says what curl says", async (t) => {
    const socks = (scheme: string, login = "") => ({
      proxy: (port: number) => `${scheme}://${login}127.0.0.1:${port}`,
    });
    const bytes = (text: string): string => Buffer.from(text, "latin1").toString("hex");
    const name = bytes("good.test");
    const rows: [Parameters<typeof handshake>[1], string][] = [
      [{ ...socks("socks4"), host: "good.test" }, "0401 PORT 7f000001 00"],
      [{ ...socks("socks"), host: "localhost" }, "0401 PORT 7f000001 00"],
      [{ ...socks("socks4", "u%ff:p@"), host: "127.0.0.1" }, "0401 PORT 7f000001 75ff00"],
      [{ ...socks("socks4a"), host: "good.test" }, `0401 PORT 00000001 00 ${name}00`],
      [{ ...socks("socks4a"), host: "Unknown.Test" }, `0401 PORT 00000001 00 ${bytes("unknown.test")}00`],
      [{ ...socks("socks4a"), host: "127.0.0.2" }, `0401 PORT 00000001 00 ${bytes("127.0.0.2")}00`],
      [{ ...socks("socks4a"), host: "[::1]" }, `0401 PORT 00000001 00 ${bytes("::1")}00`],
      [{ ...socks("socks5"), host: "good.test" }, "050100 050100 01 7f000001 PORT"],
      [{ ...socks("socks5"), host: "v6.test" }, `050100 050100 04 ${"00".repeat(15)}01 PORT`],
      [{ ...socks("socks5h"), host: "good.test" }, `050100 050100 03 09${name} PORT`],
      [{ ...socks("socks5h"), host: "127.0.0.2" }, "050100 050100 01 7f000002 PORT"],
      [
        { ...socks("socks5h"), host: "[2001:db8::a:127.0.0.1]" },
        "050100 050100 04 20010db8000000000000000a7f000001 PORT",
      ],
      [
        { ...socks("socks5h"), host: "[1:2:3:4:5:6:7::]" },
        "050100 050100 04 00010002000300040005000600070000 PORT",
      ],
      [{ ...socks("socks5h", "u:p@"), host: "good.test" }, `05020002 050100 03 09${name} PORT`],
      [
        { ...socks("socks5h", "u:p%ff@"), host: "good.test", method: 2 },
        `05020002 01 01 75 02 70ff 050100 03 09${name} PORT`,
      ],
      [
        { ...socks("socks5h", "u@"), host: "good.test", method: 2 },
        `05020002 01 01 75 00 050100 03 09${name} PORT`,
      ],
      [
        { ...socks("socks5h", `${"u".repeat(255)}:p@`), host: "good.test", method: 2 },
        `05020002 01 ff ${bytes("u".repeat(255))} 01 70 050100 03 09${name} PORT`,
      ],
      [{ ...socks("socks5h"), host: "good.test", method: 2 }, `050100 01 00 00 050100 03 09${name} PORT`],
    ];
    for (const [options, expected] of rows) {
      const message = `${options.proxy(1)} to ${options.host}`;
      assert.equal(await handshake(t, options), expected.replaceAll(" ", ""), message);
    }
  });

  it("carries TLS, and what the target says at once", async (t) => {
    const before = openHandles();
    const target = await listen(t, hello, { tls: certificates().good });
    for (const reply of [
      "05000001 7f000001 0050",
      `05000004 ${"00".repeat(16)} 0050`,
      "05000003 03 616263 0050",
    ]) {
      const proxy = await startSocksProxy(t, { reply: hex(reply) });
      const transfer = { proxy: `socks5h://127.0.0.1:${proxy.port}` };
      assert.equal(await greetingOf(`https://localhost:${target.port}/`, { transfer }), "hello", reply);
    }
    const early = await startSocksProxy(t, {
      reply: hex(`005a000000000000 ${Buffer.from("and ").toString("hex")}`),
    });
    const plain = await listen(t, hello);
    const transfer = { proxy: `socks4://127.0.0.1:${early.port}` };
    assert.equal(await greetingOf(`http://127.0.0.1:${plain.port}/`, { transfer }), "and hello");
    await target.allGone();
    assert.deepEqual(await leftovers(before), []);
  });

  it("comes from the source address", { skip: ONE_LOOPBACK }, async (t) => {
    const from: unknown[] = [];
    const proxy = await listen(t, (socket) => {
      from.push(socket.remoteAddress);
      socket.destroy();
    });
    const transfer = { proxy: `socks5h://127.0.0.1:${proxy.port}`, sourceip: "127.0.0.7" };
    assert.equal(await outcomeOf("http://h.test/", { transfer }), "PROXY");
    assert.deepEqual(from, ["127.0.0.7"]);
  });
});

describe("an address that a SOCKS proxy cannot connect to", () => {
  const IPV6 = `04${"00".repeat(15)}01`;
  const IPV4 = "017f000001";

  /** What the proxy was asked for, without ports, and the outcome. */
  async function ask(
    t: Parameters<typeof listen>[0],
    host: string,
    options: SocksProxyOptions & { scheme?: string },
  ) {
    const before = openHandles();
    const target = await listen(t, hello);
    const proxy = await startSocksProxy(t, options);
    const transfer = { proxy: `${options.scheme ?? "socks5"}://127.0.0.1:${proxy.port}` };
    const outcome = await greetingOf(`http://${host}:${target.port}/`, { transfer }).catch(
      ({ code }) => code,
    );
    await Promise.all([target.allGone(), proxy.allGone()]);
    assert.deepEqual(await leftovers(before), []);
    return {
      outcome,
      asked: proxy.handshakes.map((bytes) => bytes.replace("050100050100", "").slice(0, -4)),
    };
  }

  it("is followed by the first one of the other family, on a new connection", async (t) => {
    for (const host of ["localhost", "a.localhost", "both.test"]) {
      const { outcome, asked } = await ask(t, host, { refuses: [4] });
      assert.deepEqual({ outcome, asked }, { outcome: "hello", asked: [IPV6, IPV4] }, host);
    }
    const { outcome, asked } = await ask(t, "reverse.test", { refuses: [1] });
    assert.deepEqual({ outcome, asked }, { outcome: "hello", asked: [IPV4, IPV6] });
  });

  it("is PROXY where there is no other, where the other is refused too, and where the proxy looks names up", async (t) => {
    assert.deepEqual(await ask(t, "good.test", { refuses: [1] }), { outcome: "PROXY", asked: [IPV4] });
    assert.deepEqual(await ask(t, "[::1]", { refuses: [4] }), { outcome: "PROXY", asked: [IPV6] });
    assert.deepEqual(await ask(t, "localhost", { refuses: [1, 4] }), {
      outcome: "PROXY",
      asked: [IPV6, IPV4],
    });
    const byName = await ask(t, "localhost", { reply: hex("05040001000000000000"), scheme: "socks5h" });
    assert.deepEqual([byName.outcome, byName.asked.length], ["PROXY", 1]);
  });

  it("is not followed by another where the proxy does not do what it should", async (t) => {
    const { outcome, asked } = await ask(t, "localhost", { reply: hex("04000001000000000000") });
    assert.deepEqual([outcome, asked], ["PROXY", [IPV6]]);
  });
});

describe("a bad SOCKS proxy", () => {
  type Case = [scheme: string, name: string, behave: (socket: Socket) => unknown];
  /** Answers each message with the next of these answers, and closes after the last one. */
  const answering =
    (...answers: string[]) =>
    (socket: Socket): unknown =>
      socket.on("data", () => {
        socket.write(hex(answers.shift() ?? ""));
        if (answers.length === 0) socket.end();
      });
  const cases: Case[] = [
    ["socks4", "rejects", answering("005b000000000000")],
    ["socks4a", "answers nonsense", answering("ffffffffffffffff")],
    ["socks4", "answers in SOCKS 5", answering("050000010000000000")],
    ["socks4a", "closes in its answer", (socket) => socket.end(hex("005a00"))],
    ["socks4", "drops", (socket) => socket.destroy()],
    ["socks5", "answers in SOCKS 4", answering("0400")],
    ["socks5h", "greets in SOCKS 4, and grants", answering("0400", "05000001000000000000")],
    ["socks5h", "accepts no method", answering("05ff")],
    ["socks5h", "wants a method that was not offered", answering("0501")],
    ["socks5h", "refuses", answering("0500", "05020001000000000000")],
    ["socks5h", "answers with another version", answering("0500", "04000001000000000000")],
    ["socks5h", "answers with an unknown address type", answering("0500", "05000009000000000000")],
    ["socks5h", "closes in its answer", answering("0500", "05000001")],
    ["socks5h", "closes after the greeting", (socket) => socket.end(hex("0500"))],
    ["socks5h", "resets", (socket) => socket.once("data", () => socket.resetAndDestroy())],
    ["socks5h", "speaks HTTP", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ];
  for (const [scheme, name, behave] of cases) {
    it(`is PROXY when it ${name} (${scheme})`, async (t) => {
      const before = openHandles();
      const proxy = await listen(t, (socket) => {
        behave(socket);
        socket.resume();
      });
      const transfer = { proxy: `${scheme}://127.0.0.1:${proxy.port}` };
      assert.equal(await outcomeOf("http://good.test/", { transfer }), "PROXY");
      await proxy.allGone();
      assert.deepEqual(await leftovers(before), []);
    });
  }

  it("is PROXY when it refuses the user", async (t) => {
    const proxy = await startSocksProxy(t, { method: 2, loginReply: Buffer.from([1, 1]) });
    const transfer = { proxy: `socks5h://u:p@127.0.0.1:${proxy.port}` };
    assert.equal(await outcomeOf("http://good.test/", { transfer }), "PROXY");
  });

  it("is PROXY for a target that cannot be said", async (t) => {
    const proxy = await startSocksProxy(t);
    const long = "u".repeat(256);
    const rows: [scheme: string, login: string, host: string][] = [
      ["socks4", "", "v6.test"],
      ["socks4", "", "[::1]"],
      ["socks4", "", "unknown.test"],
      ["socks5", "", "unknown.test"],
      ["socks4a", "", `${"a.".repeat(127)}bc`],
      ["socks5h", "", `${"a.".repeat(127)}bc`],
      ["socks4", `${long}@`, "good.test"],
    ];
    for (const [scheme, login, host] of rows) {
      const transfer = { proxy: `${scheme}://${login}127.0.0.1:${proxy.port}` };
      const message = `${scheme} to ${host}`;
      assert.equal(await outcomeOf(`http://${host}/`, { transfer }), "PROXY", message);
    }
    const wanting = await startSocksProxy(t, { method: 2 });
    const transfer = { proxy: `socks5h://${long}@127.0.0.1:${wanting.port}` };
    assert.equal(await outcomeOf("http://good.test/", { transfer }), "PROXY");
  });
});
