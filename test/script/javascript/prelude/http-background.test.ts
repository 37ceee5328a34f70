import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ExtData } from "@msgpack/msgpack";
import { PreludeEngine } from "../../../support/javascript/prelude-engine.ts";
import type { Answer } from "../../../support/javascript/prelude-host.ts";

const OK: Answer = { status: 200, content: "ok" };
const ABSENT = new ExtData(0, new Uint8Array(0));
const OTHER = new ExtData(5, new Uint8Array(0));

/** What the host is asked if a script makes this call. */
async function askedBy(args: string): Promise<unknown> {
  using engine = await PreludeEngine.start({ answer: () => OK, files: { mail: "hello", stream: null } });
  engine.run(`await guest.http_background(${args})`);
  return engine.host.asked[0];
}

function file(text: string): ExtData {
  return new ExtData(6, new Uint8Array(Buffer.from(text)));
}

function granted(handle: number, size: number): ExtData {
  const payload = Buffer.alloc(12);
  payload.writeUInt32LE(handle);
  payload.writeDoubleLE(size, 4);
  return new ExtData(1, new Uint8Array(payload));
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Arguments as a script writes them, and what the host is asked. */
const CALLS: readonly (readonly [args: string, asked: readonly unknown[]])[] = [
  [`"a", "b"`, ["a", "b"]],
  [`"a", "b", undefined, undefined`, ["a", "b"]],
  [`"a", new URL("http://x/ä")`, ["a", "http://x/%C3%A4"]],
  [`"a", "b", null`, ["a", "b", null]],
  [`"a", "b", undefined, "ä\\ud800"`, ["a", "b", ABSENT, "ä\ufffd"]],
  [`1, 2n, { timeout: 0.5, redirects: -1, x: -0 }`, [1, OTHER, { timeout: 0.5, redirects: -1, x: -0 }]],
  [`"a", "b", new Map([["timeout", 300]])`, ["a", "b", { timeout: 300 }]],
  [
    `"a", "b", { headers: ["A: 1", undefined, Symbol(), () => 1], method: null }`,
    ["a", "b", { headers: ["A: 1", ABSENT, OTHER, OTHER], method: null }],
  ],
  [
    `"a", "b", { headers: "x".repeat(70000).split("") }`,
    ["a", "b", { headers: "x".repeat(70_000).split("") }],
  ],
  [`"a", "b", {}, new Uint8Array([1, 2, 3]).subarray(1)`, ["a", "b", {}, new Uint8Array([2, 3])]],
  [`"a", "b", {}, new Uint16Array([258]).buffer`, ["a", "b", {}, new Uint8Array([2, 1])]],
  [`"a", "b", {}, "x".repeat(300)`, ["a", "b", {}, "x".repeat(300)]],
  [`"a", "b", {}, new URLSearchParams({ a: "b c" })`, ["a", "b", {}, "a=b+c"]],
  [`"a", "b", {}, new Blob(["he", "llo"])`, ["a", "b", {}, file("hello")]],
  [`"a", "b", {}, new Blob(["hello"]).slice(1, -1)`, ["a", "b", {}, file("ell")]],
  [`"a", "b", {}, guest.File.named("mail")`, ["a", "b", {}, granted(0, 5)]],
  [`"a", "b", {}, guest.File.named("stream")`, ["a", "b", {}, granted(1, -1)]],
  [`"a", "b", {}, { x: { data: "1", type: "t" } }`, ["a", "b", {}, { x: { data: "1", type: "t" } }]],
  [
    `"a", "b", {}, [{ data: new Blob(["1"]), encoder: "base64" }]`,
    ["a", "b", {}, [{ data: file("1"), encoder: "base64" }]],
  ],
  [`"a", "b", {}, new Date()`, ["a", "b", {}, OTHER]],
  [`"a", "b", {}, new (class extends Array {})(3).fill("x")`, ["a", "b", {}, ["x", "x", "x"]]],
  [
    `"a", "b", { tls_client_cert: { x509: guest.X509.fromPem("PEM"), privatekey: guest.PrivateKey.fromPem(new Uint8Array([80])) } }`,
    ["a", "b", { tls_client_cert: { x509: "PEM", privatekey: "P" } }],
  ],
];

describe("http_background of scripts in JavaScript", () => {
  for (const [args, asked] of CALLS)
    it(`asks the host for ${args.slice(0, 90)}`, async () => {
      assert.deepEqual(await askedBy(args), asked);
    });

  it("sends a FormData as browsers do, with names that are there twice and Files of the host", async () => {
    const form = `(() => {
      const form = new FormData();
      form.append("a", "1\\n2"); form.append("a", "3"); form.append("b\\r", new Blob(["x"], { type: "T/X" }), "n");
      form.append("mail", guest.File.named("mail"));
      return form;
    })()`;
    using engine = await PreludeEngine.start({ answer: () => OK, files: { mail: "hello" } });
    engine.run(`await guest.http_background("a", "b", {}, ${form})`);
    const [, , , parts] = engine.host.asked[0] ?? [];
    assert.deepEqual(parts, {
      "a#0": { data: "1\r\n2" },
      "a#1": { data: "3" },
      "b\r\n#2": { data: file("x"), filename: "n", type: "t/x" },
      "mail#3": { data: granted(0, 5), filename: "mail", type: "application/octet-stream" },
    });
  });

  it("gives a status and a content, which is text, bytes and JSON", async () => {
    using engine = await PreludeEngine.start({
      answer: () => ({
        status: 201,
        content: '{"name":"Grüße"}',
        headers: ["X-A", "1", "x-a", "2"],
        url: "http://a/b",
      }),
    });
    const result = engine.run(`
      const reply = await guest.http_background("default", "http://a/", { timeout: 5 });
      const { content, headers } = reply;
      return {
        status: reply.status, keys: Object.keys(reply), length: content.length, text: \`\${content}\`,
        name: JSON.parse(content).name, sum: "" + content, start: [...content.bytes.subarray(0, 2)],
        count: [...content].length, isSame: content.bytes === content.bytes,
        a: headers.get("X-A"), all: headers.getAll("x-A"), has: headers.has("b"), pairs: [...headers], url: reply.url,
        json: JSON.stringify(reply),
      };
    `);
    const text = '{"name":"Grüße"}';
    assert.deepEqual(result, {
      status: 201,
      keys: ["status", "content"],
      length: 18,
      text,
      name: "Grüße",
      sum: text,
      start: [123, 34],
      count: 18,
      isSame: true,
      a: "1, 2",
      all: ["1", "2"],
      has: false,
      pairs: [
        ["X-A", "1"],
        ["x-a", "2"],
      ],
      url: "http://a/b",
      json: JSON.stringify({ status: 201, content: text }),
    });
  });

  it("leaves the content with the host until it is touched, and then the host forgets it", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    engine.run(`globalThis.reply = await guest.http_background("a", "b")`);
    assert.deepEqual([engine.host.reads, engine.host.released], [0, []]);
    assert.equal(engine.run("return String(reply.content)"), "ok");
    assert.deepEqual([engine.host.reads, engine.host.released], [1, [0]]);
    assert.equal(engine.run("return String(reply.content)"), "ok");
    assert.equal(engine.host.reads, 1);
  });

  it("lets the host forget a content that is released, or that nobody can reach any more", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    engine.run(`(await guest.http_background("a", "b")).content.release()`);
    engine.run(`for (let i = 0; i < 3; i++) (await guest.http_background("a", "b")).status`);
    assert.deepEqual(engine.host.released.sort(), [0, 1, 2, 3]);
    assert.throws(
      () =>
        engine.run(
          `const { content } = await guest.http_background("a", "b"); content.release(); return content.bytes`,
        ),
      /TypeError: the content was released/,
    );
  });

  it("posts a content as a File that the host has, and keeps it for so long", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    engine.run(`
      const { http_background } = guest;
      await http_background("a", "b", {}, (await http_background("a", "b")).content.file);
    `);
    assert.deepEqual(engine.host.asked[1], ["a", "b", {}, granted(0, 2)]);
    assert.equal(engine.host.reads, 0);
    assert.deepEqual(engine.host.releasedBefore[1], []);
  });

  it("gives an error as a value if the transfer fails", async () => {
    using engine = await PreludeEngine.start({
      answer: () => ({ error: "Timeout was reached", code: "OPERATION_TIMEDOUT" }),
    });
    const result = engine.run(`return await guest.http_background("a", "b")`);
    assert.deepEqual(result, { error: "Timeout was reached", code: "OPERATION_TIMEDOUT" });
  });

  it("throws a mistake, with its code, its option and the place of the call", async () => {
    using engine = await PreludeEngine.start({
      answer: () => ({ throws: "Bad timeout value", code: "BAD_OPTION", option: "timeout" }),
    });
    const result = engine.run(`
      function call() { return guest.http_background("a", "b", { timeout: "5" }) }
      try { await call() } catch (error) {
        return [error.name, error.message, error.code, error.option, error instanceof guest.HttpBackgroundError,
          error instanceof Error, error.stack.includes("at call"), Object.keys(error)];
      }
    `);
    assert.deepEqual(result, [
      "HttpBackgroundError",
      "Bad timeout value",
      "BAD_OPTION",
      "timeout",
      true,
      true,
      true,
      ["code", "option"],
    ]);
  });

  it("makes calls at once, and each goes on with its own answer", async () => {
    using engine = await PreludeEngine.start({
      answer: ([, url]) => ({ status: 200, content: String(url) }),
    });
    const result = engine.run(`
      const replies = await Promise.all([1, 2, 3].map((i) => guest.http_background("a", "u" + i)));
      return replies.map(({ content }) => String(content));
    `);
    assert.deepEqual(result, ["u1", "u2", "u3"]);
  });

  it("ends a call whose signal aborts, before it and during it", async () => {
    using engine = await PreludeEngine.start();
    const ABORTED = {
      error: "Operation was aborted by an application callback",
      code: "ABORTED_BY_CALLBACK",
    };
    const result = engine.run(`
      const { http_background } = guest;
      return [
        await http_background("a", "b", {}, undefined, { signal: AbortSignal.abort() }),
        await http_background("a", "b", {}, undefined, { signal: AbortSignal.timeout(10) }),
      ]`);
    assert.deepEqual(result, [ABORTED, ABORTED]);
    assert.equal(engine.host.asked.length, 1);
    assert.equal(engine.host.canceled.length, 1);
  });

  it("throws what a getter throws, and a mistake for an object that contains itself", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    assert.throws(
      () =>
        engine.run(
          `await guest.http_background("a", "b", { get timeout() { throw new RangeError("mine") } })`,
        ),
      /RangeError: mine/,
    );
    const message = /HttpBackgroundError: Malformed arguments/;
    const wide = `const a = []; for (let i = 0; i < 600; i++) a.push(a.slice(0, 600)); `;
    assert.throws(() => engine.run(`${wide} await guest.http_background("a", "b", { headers: a })`), message);
    assert.throws(() => engine.run(`await guest.http_background("a", "b", new Array(2 ** 31))`), message);
    assert.throws(
      () => engine.run(`await guest.http_background("a", "b", {}, undefined, { signal: 1 })`),
      /HttpBackgroundError: Bad signal/,
    );
    for (const [settings, told] of [
      [
        "{ timeoutMs: 5 }",
        /^HttpBackgroundError: Bad call: "timeoutMs" is unknown; give .*AbortSignal\.timeout/,
      ],
      [
        "{ signal: undefined, stream: true }",
        /^HttpBackgroundError: Bad call: "stream" is unknown; a script can/,
      ],
      ["AbortSignal.timeout(5)", /^HttpBackgroundError: Bad call: it must be an object/],
      ["new Map()", /^HttpBackgroundError: Bad call: it must be an object/],
    ] as const)
      assert.throws(
        () => engine.run(`await guest.http_background("a", "b", {}, undefined, ${settings})`),
        ({ message }: Error) => told.test(message),
      );
    engine.run(`const a = {}; a.a = a; await guest.http_background("a", "b", a)`);
    assert.equal(engine.host.asked.length, 1);
  });

  it("gives nobody else a content", async () => {
    using engine = await PreludeEngine.start();
    assert.throws(
      () => engine.run(`new guest.Content({ handle: 0, size: 1 })`),
      /TypeError: Illegal constructor/,
    );
    assert.throws(() => engine.run(`new guest.X509({}, 2, 0)`), /TypeError: Illegal constructor/);
  });

  it("has arguments and output", async () => {
    using engine = await PreludeEngine.start({ args: ["a", "ä".repeat(100), bytes("b")] });
    const result = engine.run(`
      const [a, b, c] = guest.args();
      guest.echo(a); guest.echo(1); guest.echo(c); guest.echo(null); guest.echo(new Uint8Array([0xc3, 0xa4]));
      return [a, b.length, [...c]];
    `);
    assert.deepEqual(result, ["a", 100, [98]]);
    assert.equal(engine.host.output, "a\n1\nb\nnull\nä\n");
  });

  it("reads a File that the host granted, if the host does not stream it", async () => {
    using engine = await PreludeEngine.start({ files: { mail: "hello", stream: null } });
    const result = engine.run(`
      const { File } = guest;
      const mail = File.named("mail"), stream = File.named("stream");
      return [File.has("mail"), File.has("x"), mail.name, mail.size, await mail.text(), await mail.slice(1, 3).text(),
        stream.size, await stream.text().catch((error) => error.message), mail instanceof globalThis.File];
    `);
    const streamed = "the host streams this File: it can be sent, but not read";
    assert.deepEqual(result, [true, false, "mail", 5, "hello", "el", -1, streamed, true]);
    assert.throws(() => engine.run(`guest.File.named("x")`), /no File was granted under the name "x"/);
    assert.throws(
      () => engine.run(`guest.PrivateKey.named("x")`),
      /no PrivateKey was granted under the name "x"/,
    );
  });
});
