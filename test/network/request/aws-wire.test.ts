import assert from "node:assert/strict";
import { open, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, afterEach, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../../host/index.ts";
import { READINGS, type Reading, type ReceivedRequest, refuse } from "../../support/aws-verifier.ts";
import { headerOf, type RawRequest } from "../../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const LOGIN = { username: "AKIDEXAMPLE", password: SECRET };
const SERVICES = ["s3", "s3express", "s3-outposts", "execute-api", "es", "s3tables"];
/** All characters that may appear in a path or a query without escapes. */
const SPECIAL = "!$&'()*+,;=:@-._~|{}[]^`\"<>\\";
/** A body that is too long to be hashed at once. */
const LONG = "0123456789abcdef".repeat(20_000);

/** Headers that a proxy or AWS itself removes or changes. A signature must be valid without them. */
const TAKEN_OFF = new Set(["connection", "proxy-connection", "proxy-authorization", "te", "x-amzn-trace-id"]);

function asReceived({ method, target, headers, body }: RawRequest): ReceivedRequest {
  const kept = headers.filter(([name]) => !TAKEN_OFF.has(name.toLowerCase()));
  return { method, target: target.replace(/^http:\/\/[^/]+/, ""), headers: kept, body };
}

describe("requests signed for AWS", () => {
  let plugin: HttpBackground;
  let server: ScriptedServer;
  before(async () => {
    plugin = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    server = await startScriptedServer();
  });
  after(async () => {
    await plugin.destroy();
    await server.close();
  });
  afterEach(() => {
    server.requests.length = 0;
  });

  /** Makes a call, and returns its request. */
  async function sent(path: string, options: object = {}, post?: unknown): Promise<RawRequest> {
    const args = post === undefined ? [] : [post];
    const call = plugin.http_background as (
      ...args: unknown[]
    ) => Promise<{ status?: number; code?: string }>;
    const result = await call("t", server.base + path, { ...LOGIN, ...options }, ...args);
    assert.equal(result.status, 200, `${path} ${result.code}`);
    const request = server.requests.at(-1);
    assert.ok(request !== undefined);
    return request;
  }

  function assertHolds(request: RawRequest, readings: readonly Reading[], what: string): void {
    for (const reading of readings) {
      const problem = refuse(asReceived(request), SECRET, reading);
      assert.equal(problem, null, `${what} ${JSON.stringify(reading)}`);
    }
  }

  it("hold for every path, however it is read", async () => {
    const paths = [
      "",
      "/",
      "//",
      "/a//b/",
      "/a/./b/../c",
      "/\xe9\u{1f600}",
      "/%e1%88%b4/%2b",
      "/%zz%",
      "/~a",
    ];
    for (const character of SPECIAL) paths.push(`/a${character}b/${character}`);
    for (const service of SERVICES) {
      for (const path of paths) {
        const request = await sent(path, { aws_sigv4: `aws:amz:eu-north-1:${service}` });
        assertHolds(request, READINGS, `${service} ${path}`);
      }
    }
  });

  it("hold for escapes that stand for what needs none", async () => {
    const readings = READINGS.filter(({ decodesKeys }) => decodesKeys);
    for (const service of SERVICES) {
      for (const path of ["/a%2fb", "/%2F/%2e%2E/c", "/%41%7e%2d"]) {
        const request = await sent(path, { aws_sigv4: `aws:amz:eu-north-1:${service}` });
        assertHolds(request, readings, `${service} ${path}`);
      }
    }
  });

  it("hold for every query, however it is read", async () => {
    const queries = ["a=b=c", "a&a1=x&a=y", "b=2&a=1&b=1", "lifecycle", "&&a&", "=", "=x", "a=%2f%2B%zz%"];
    queries.push("a-b=1&a=2&a.b=3", "x=a.b&x=a%2Fb", "\u1234=bar", "q=a+b%20c", "a?b=c?d", "A=1&a=1");
    for (const character of SPECIAL) queries.push(`k${character}=v${character}&${character}`);
    for (const service of ["s3", "es"]) {
      for (const query of queries) {
        const request = await sent(`/?${query}`, { aws_sigv4: `aws:amz:eu-north-1:${service}` });
        assertHolds(request, READINGS, `${service} ${query}`);
      }
    }
  });

  it("hold for repeated headers, and for those that do not arrive as they were sent", async () => {
    const headers = [
      "X-B: 2",
      "x-a: 1",
      "X-A-B: 3",
      "X-A:   0 \t 0  ",
      "X-Empty;",
      "x-b: 1",
      "Connection: close",
    ];
    headers.push(
      "X-Amz-Meta-A: b",
      "x-amz-meta-a: a",
      "TE: trailers",
      "X-Amzn-Trace-Id: Root=1",
      "Date: now",
    );
    for (const service of ["s3", "es"]) {
      const options = { aws_sigv4: `aws:amz:eu-north-1:${service}`, headers };
      assertHolds(await sent("/", options), READINGS, service);
      const proxy = server.base.replace("http://", "http://u:p@");
      const forwarded = await sent("/a=\xe9", { ...options, proxy });
      assert.match(forwarded.target, /^http:/);
      assertHolds(forwarded, READINGS, `${service} over a proxy`);
    }
  });

  const posts: readonly [what: string, make: () => unknown][] = [
    ["a string", () => "a=b"],
    ["an empty string", () => ""],
    ["a long string", () => LONG],
    ["bytes", () => Buffer.from(LONG)],
    ["a Blob", () => new Blob([LONG, "x"])],
    ["a stream", () => Readable.from([Buffer.from("ab"), Buffer.from(LONG)])],
    ["a stream of the web's", () => new Blob([LONG]).stream()],
    ["an empty stream", () => Readable.from([])],
    ["an array of strings", () => ({ a: { data: "1" }, b: { data: "2", encoder: "base64" } })],
    ["an array of long strings", () => ({ a: { data: LONG }, b: { data: LONG } })],
    ["an array with a Blob", () => ({ a: { data: new Blob([LONG]), encoder: "base64" } })],
    ["an array with a stream", () => ({ a: { data: Readable.from([LONG]) }, b: { data: "2" } })],
  ];

  it("cover the bytes that are sent, whatever is posted", async () => {
    for (const service of SERVICES) {
      for (const [what, make] of posts) {
        const request = await sent("/", { aws_sigv4: `aws:amz:eu-north-1:${service}` }, make());
        assertHolds(request, READINGS, `${service} ${what}`);
      }
    }
  });

  it("cover the rest of a FileHandle from where it is", async () => {
    const path = join(tmpdir(), `aws-wire-${process.pid}`);
    await writeFile(path, `skipped${LONG}`);
    const handle = await open(path);
    try {
      await handle.read(Buffer.alloc(7), 0, 7, null);
      const request = await sent("/", { aws_sigv4: "aws:amz:eu-north-1:es" }, handle);
      assert.equal(request.body.toString(), LONG);
      assertHolds(request, READINGS, "a FileHandle");
      const part = await sent("/", { aws_sigv4: "aws:amz:eu-north-1:es" }, { a: { data: handle } });
      assertHolds(part, READINGS, "a FileHandle in an array");
    } finally {
      await handle.close();
      await unlink(path);
    }
  });

  it("say what the caller says of the content", async () => {
    const headers = ["X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"];
    const options = { aws_sigv4: "aws:amz:eu-north-1:vpc-lattice-svcs", headers };
    const request = await sent("/", options, Readable.from([LONG]));
    assert.equal(headerOf(request, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
    assert.equal(refuse(asReceived(request), SECRET), "vpc-lattice-svcs takes no unsigned payload");
  });

  it("hold for each redirect, with the content or without it", async () => {
    for (const [status, method] of [
      [307, "POST"],
      [303, "GET"],
    ] as const) {
      for (const service of ["s3", "es"]) {
        const redirect = { send: `HTTP/1.1 ${status} X\r\nLocation: /b+c?d\r\nContent-Length: 0\r\n\r\n` };
        const hop = await startScriptedServer([redirect]);
        const options = { ...LOGIN, aws_sigv4: `aws:amz:eu-north-1:${service}`, redirects: 1 };
        const post = { a: { data: new Blob([LONG]) } };
        const { status: last } = await plugin.http_background("t", hop.base, options, post);
        assert.equal(last, 200);
        assert.equal(hop.requests[1]?.method, method);
        for (const request of hop.requests) assertHolds(request, READINGS, `${service} ${status}`);
        await hop.close();
      }
    }
  });

  it("are not signed if they are too large to be sent", async () => {
    const options = { ...LOGIN, aws_sigv4: "aws:amz:eu-north-1:s3" };
    const path = "+".repeat(1024 * 1024);
    const startedAt = performance.now();
    const { code } = await plugin.http_background("t", `${server.base}/${path.repeat(7)}`, options);
    assert.equal(code, "OUT_OF_MEMORY");
    // Its escapes, which are three times as long, would be too large as well.
    const spelled = await plugin.http_background("t", `${server.base}/${path.slice(0, 500_000)}`, options);
    assert.equal(spelled.code, "OUT_OF_MEMORY");
    assert.ok(performance.now() - startedAt < 5000);
  });

  it("are not made by AWS's rules for others, nor for another origin", async () => {
    const other = await sent("/a+b=%e9?c=d=e+f", { aws_sigv4: "osc:amz:eu-north-1:s3" });
    assert.equal(other.target, "/a+b=%e9?c=d=e+f");
    const own = await sent("/a+b", { aws_sigv4: "aws:amz:eu-north-1:s3", headers: ["Authorization: x"] });
    assert.equal(own.target, "/a+b");
    const unsigned = await plugin.http_background("t", `${server.base}/a+b`, { aws_sigv4: "aws:amz:r:s3" });
    assert.equal(unsigned.status, 200);
    assert.equal(server.requests.at(-1)?.target, "/a+b");
  });
});

describe("what is read for a signature", () => {
  it("ends with the call, whatever ends it, and nothing is connected", async () => {
    const server = await startScriptedServer();
    const plugin = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    const options = { ...LOGIN, aws_sigv4: "aws:amz:eu-north-1:es" };
    const waiting = (): Readable => new Readable({ read() {} });
    try {
      const slow = waiting();
      const late = await plugin.http_background("t", server.base, options, slow, { timeoutMs: 20 });
      assert.deepEqual([late.code, slow.destroyed], ["OPERATION_TIMEDOUT", true]);
      const controller = new AbortController();
      const aborted = waiting();
      const call = plugin.http_background("t", server.base, options, aborted, { signal: controller.signal });
      setImmediate(() => controller.abort());
      assert.deepEqual([(await call).code, aborted.destroyed], ["ABORTED_BY_CALLBACK", true]);
      const failing = Readable.from(
        (async function* () {
          yield Buffer.from("a");
          throw new Error("broken");
        })(),
      );
      assert.equal((await plugin.http_background("t", server.base, options, failing)).code, "READ_ERROR");
      assert.equal(server.connections.accepted, 0);
    } finally {
      await plugin.destroy();
      await server.close();
    }
  });
});
