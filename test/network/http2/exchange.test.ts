import assert from "node:assert/strict";
import { constants } from "node:http2";
import { describe, it } from "node:test";
import type { ExchangeOwner } from "../../../host/network/exchange/exchange.ts";
import { LONGEST_LINE } from "../../../host/network/response/head-limits.ts";
import {
  type ExchangeSetting,
  type ExchangeWorld,
  exchangeWorld,
  gatedBody,
} from "../../support/exchange-world.ts";

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_REFUSED_STREAM } = constants;
const MUTE_MS = 1000;

describe("an exchange over HTTP/2", () => {
  it("tells its session what it hears, and that it is over", (t) => {
    const { stream, exchange, told } = exchangeWorld(t);
    assert.equal(exchange.phase, "waiting");
    stream.emit("headers", {}, 0, ["a", "b"]);
    stream.respond(200);
    assert.equal(exchange.phase, "receiving");
    stream.emit("data", Buffer.from("12345"));
    stream.finish();
    assert.deepEqual(told, ["hear 21", "hear 15", "head", "hear 5", "forget", "end", "response 200"]);
    assert.equal(exchange.takeContent().toString(), "12345");
    stream.shut();
    assert.equal(told.length, 7);
    assert.deepEqual(stream.resets, []);
  });

  it("hears nothing of heads that are not the first, or come when it is over", (t) => {
    const { stream, exchange, told } = exchangeWorld(t);
    stream.respond(200);
    const before = told.length;
    stream.emit("headers", {}, 0, ["a", "b"]);
    stream.respond(201);
    assert.equal(told.length, before);
    exchange.cancel();
    assert.deepEqual(told.slice(before), ["forget", "end aborted"]);
    assert.deepEqual([exchange.status, stream.resets], [200, [NGHTTP2_CANCEL]]);
    const other = exchangeWorld(t);
    other.exchange.cancel();
    other.stream.respond(200);
    other.stream.emit("headers", {}, 0, ["a", "b"]);
    other.stream.shut();
    assert.deepEqual(other.told, ["forget", "end aborted"]);
  });

  it("fails with a head that is too large, once", (t) => {
    const { stream, told } = exchangeWorld(t);
    stream.respond(200, ["a", "x".repeat(LONGEST_LINE)]);
    stream.finish();
    stream.shut();
    assert.deepEqual(told, ["forget", "end aborted", "OUT_OF_MEMORY waiting, again null"]);
    assert.deepEqual(stream.resets, [NGHTTP2_CANCEL]);
  });

  for (const [method, status] of [
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const) {
    it(`is complete with its head if it has no content: ${method}, ${status}`, (t) => {
      const { stream, told } = exchangeWorld(t, { method });
      stream.respond(status, ["content-length", "5"]);
      assert.deepEqual(told.slice(-3), ["forget", "end aborted", `response ${status}`]);
      const other = exchangeWorld(t, { method });
      other.stream.respond(status, ["content-length", "5"], NGHTTP2_FLAG_END_STREAM);
      assert.equal(other.told.at(-1), "head");
      other.stream.finish();
      assert.equal(other.told.at(-1), `response ${status}`);
    });
  }

  it("is complete at the end of its content, unless it was cut off there", (t) => {
    const whole = exchangeWorld(t);
    whole.stream.respond(200);
    whole.stream.closed = true;
    whole.stream.finish();
    assert.equal(whole.told.at(-1), "response 200");
    const cuts: readonly ((cut: ExchangeWorld) => void)[] = [
      ({ stream }) => Object.assign(stream, { closed: true, rstCode: NGHTTP2_CANCEL }),
      ({ stream }) => stream.emit("error", new Error("cut off")),
      ({ session }) => Object.assign(session, { isGone: true }),
    ];
    for (const cut of cuts) {
      const one = exchangeWorld(t);
      one.stream.respond(200);
      cut(one);
      one.stream.finish();
      assert.equal(one.told.at(-1), "head");
    }
    const headless = exchangeWorld(t);
    headless.stream.finish();
    assert.deepEqual(headless.told, []);
  });

  it("fails if its content is shorter than was announced", (t) => {
    for (const [announced, last] of [
      ["5", "response 200"],
      ["6", "PARTIAL_FILE receiving, again null"],
    ] as const) {
      const { stream, told } = exchangeWorld(t);
      stream.respond(200, ["content-length", announced]);
      stream.emit("data", Buffer.from("12345"));
      stream.finish();
      assert.equal(told.at(-1), last);
    }
  });

  for (const [code, retry, name] of [
    ["ERR_HTTP2_HEADER_SINGLE_VALUE", "http/1.1", "ERR_HTTP2_HTTP_1_1_REQUIRED"],
    ["ERR_HTTP2_INVALID_SESSION", "elsewhere", "ERR_HTTP2_REFUSED"],
  ]) {
    it(`is tried again if Node cannot begin it: ${code}`, (t) => {
      const refusal = Object.assign(new Error("no"), { code });
      const { exchange, told } = exchangeWorld(t, { refusal });
      assert.deepEqual(told, [`${name} sending, again ${retry}`]);
      exchange.cancel();
      assert.equal(told.length, 1);
    });
  }
});

describe("an exchange over HTTP/2 whose connection is lost", () => {
  const CASES: readonly (readonly [setting: ExchangeSetting, received: number, retry: string | null])[] = [
    [{ method: "GET" }, 100, "elsewhere"],
    [{ method: "POST" }, 100, "elsewhere"],
    [{ method: "GET" }, 101, "elsewhere"],
    [{ method: "POST" }, 101, null],
    [{ method: "GET", begun: 0 }, 100, null],
  ];
  for (const [setting, received, retry] of CASES) {
    it(`is sent again ${retry ?? "nowhere"}: ${JSON.stringify(setting)}, ${received} bytes`, (t) => {
      const { session, stream, told } = exchangeWorld(t, setting);
      Object.assign(session, { isGone: true, received });
      stream.shut();
      const last = `${retry === null ? "RECV_ERROR" : "ERR_HTTP2_GONE"} waiting, again ${retry}`;
      // A session on which something must be sent elsewhere takes nothing more.
      assert.deepEqual(told, [...(retry === null ? [] : ["retire"]), "forget", "end", last]);
    });
  }

  it("knows why", (t) => {
    const { session, stream, told } = exchangeWorld(t, { method: "POST" });
    Object.assign(session, { isGone: true, received: 101 });
    stream.emit("error", Object.assign(new Error("first"), { code: "ERR_HTTP2_ERROR" }));
    stream.emit("error", Object.assign(new Error("second"), { code: "ERR_HTTP2_STREAM_ERROR" }));
    stream.shut();
    assert.equal(told.at(-1), "HTTP2 waiting, again null");
  });

  it("is sent again if the server has refused it", (t) => {
    const { stream, told } = exchangeWorld(t, { method: "POST" });
    stream.shut(NGHTTP2_REFUSED_STREAM);
    assert.deepEqual(told, ["retire", "forget", "end", "ERR_HTTP2_REFUSED waiting, again elsewhere"]);
  });
});

describe("an exchange over HTTP/2 with a body", () => {
  it("sends it at once, if it is there", (t) => {
    const { stream, exchange, told } = exchangeWorld(t, { body: Buffer.from("abc") });
    assert.deepEqual([told, stream.written, stream.writableEnded], [["begin true false"], ["abc"], true]);
    assert.equal(exchange.phase, "waiting");
  });

  it("sends it piece by piece, and its session knows as long as it does", async (t) => {
    const { body, go } = gatedBody();
    const { stream, exchange, told, uploaded } = exchangeWorld(t, { body });
    assert.deepEqual([told, exchange.phase], [["begin false false", "upload 1"], "sending"]);
    go();
    await uploaded;
    assert.deepEqual([stream.written, stream.writableEnded], [["a", "b"], true]);
    assert.deepEqual([told.at(-1), exchange.phase], ["upload -1", "waiting"]);
  });

  for (const status of [200, 299, 300, 413]) {
    const isWanted = status < 300;
    it(`${isWanted ? "first sends the rest" : "sends no more"} when a whole answer ${status} has come`, async (t) => {
      const { body, go } = gatedBody();
      const { stream, told, uploaded } = exchangeWorld(t, { body });
      stream.respond(status);
      stream.finish();
      assert.equal(told.at(-1), isWanted ? "head" : `response ${status}`);
      if (isWanted) go();
      await uploaded;
      const last = [isWanted ? "end" : "end aborted", `response ${status}`, "upload -1"];
      assert.deepEqual(told.slice(-3), last);
      assert.equal(stream.writableEnded, isWanted);
    });
  }

  for (const [when, last] of [
    ["before the answer", "HTTP2_STREAM sending, again null"],
    ["within the answer", "response 200"],
    ["behind the answer", "response 200"],
  ] as const)
    it(`stops when its stream is closed ${when}`, async (t) => {
      const { body } = gatedBody();
      const { stream, told, uploaded } = exchangeWorld(t, { body });
      if (when !== "before the answer") stream.respond(200);
      if (when === "behind the answer") stream.finish();
      stream.shut();
      assert.equal(told.at(-1), last);
      await uploaded;
      assert.equal(told.at(-1), "upload -1");
    });

  for (const isAnswered of [true, false])
    it(`fails when its body cannot be read, ${isAnswered ? "with" : "without"} a whole answer`, async (t) => {
      const { body, go } = gatedBody();
      const { stream, told, uploaded } = exchangeWorld(t, { body });
      if (isAnswered) {
        stream.respond(200);
        stream.finish();
      }
      go(new Error("no disk"));
      await uploaded;
      assert.match(told.at(-2) ?? "", /^READ_ERROR/);
      stream.shut();
      assert.equal(told.filter((event) => /^READ_ERROR|^response/.test(event)).length, 1);
    });

  it("says nothing more when it was cancelled", async (t) => {
    const { body } = gatedBody();
    const { exchange, told, uploaded } = exchangeWorld(t, { body });
    exchange.cancel();
    await uploaded;
    assert.deepEqual(told.slice(2), ["forget", "end aborted", "upload -1"]);
  });
});

describe("the content of an exchange over HTTP/2", () => {
  it("stops while nobody takes it, and not any more when it is over", (t) => {
    const owner = { onStart: () => ({ write: () => false }) } as unknown as ExchangeOwner;
    const { stream, exchange, told } = exchangeWorld(t, { owner });
    stream.respond(200);
    stream.emit("data", Buffer.from("1"));
    assert.equal(told.at(-1), "pause");
    exchange.resume();
    assert.equal(told.at(-1), "go on");
    stream.emit("data", Buffer.from("2"));
    exchange.cancel();
    exchange.resume();
    assert.equal(told.at(-1), "end aborted");
  });

  it("is whole if its server closes the stream without an error", (t) => {
    const { stream, told } = exchangeWorld(t);
    stream.respond(200);
    stream.shut();
    assert.equal(told.at(-1), "response 200");
  });

  it("is not there if its head is refused", (t) => {
    const { stream, told } = exchangeWorld(t, { method: "HEAD", owner: { onHead: () => false } });
    stream.respond(200);
    assert.equal(told.at(-1), "RECV_ERROR receiving, again null");
  });
});

describe("a session over HTTP/2 on which nothing comes", () => {
  for (const [what, received, ms, isRetired] of [
    ["after a second", 100, MUTE_MS + 1, true],
    ["at a second", 100, MUTE_MS, false],
    ["if something has come", 101, MUTE_MS + 1, false],
  ] as const) {
    it(`${isRetired ? "takes no other exchange" : "goes on"} when one ends ${what}`, (t) => {
      const { session, exchange, told, pass } = exchangeWorld(t);
      session.received = received;
      pass(ms);
      exchange.cancel();
      assert.deepEqual(told, ["forget", ...(isRetired ? ["retire"] : []), "end aborted"]);
    });
  }
});
