import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Origin } from "../../../host/network/transfer/policy.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { formatHost } from "../../../host/network/url/origin.ts";
import { headerOf, type RawRequest } from "../../support/raw-request.ts";
import { type ScriptedServer, type ServerEntry, startScriptedServer } from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const redirectTo = (location: string, status = 302) => ({
  send: `HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
});

describe("redirects", () => {
  let script: ServerEntry[];
  let first: ScriptedServer;
  let second: ScriptedServer;
  let network: Network;

  beforeEach(async () => {
    script = [];
    first = await startScriptedServer(script);
    second = await startScriptedServer();
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
  });
  afterEach(async () => {
    await network.destroy();
    await first.close();
    await second.close();
  });

  async function call(changes: Partial<Transfer>, base = first.base): Promise<unknown> {
    const outcome = await network.perform(transferTo(`${base}/start?a=1`, { redirects: 5, ...changes }));
    return plainOutcome(outcome);
  }

  const lastOf = (server: ScriptedServer): RawRequest => server.requests.at(-1) ?? assert.fail("no request");

  it("uses the connection of the redirect again", async () => {
    script.push(redirectTo("/a"), redirectTo("/b"));
    assert.deepEqual(await call({}), OK);
    assert.deepEqual(
      first.requests.map(({ target }) => target),
      ["/start?a=1", "/a", "/b"],
    );
    assert.equal(first.connections.accepted, 1);
  });

  it("allows exactly so many, and any number for -1", async () => {
    script.push(redirectTo("/a"), redirectTo("/b"));
    assert.deepEqual(await call({ redirects: 1 }), { code: "TOO_MANY_REDIRECTS" });
    assert.equal(first.requests.length, 2);
    for (let hop = 0; hop < 60; hop++) script[hop + 2] = redirectTo("/start?a=1");
    assert.deepEqual(await call({ redirects: -1 }), OK);
    assert.equal(first.requests.length, 63);
  });

  it("takes 6,144,000 bytes of heads over all of them, as libcurl does", async () => {
    const hop = (lines: string, size: number): ServerEntry => ({
      send: `${lines}\r\nContent-Length: 0\r\nX: ${"x".repeat(size - lines.length - 28)}\r\n\r\n`,
    });
    for (const [last, outcome] of [
      [61_440, { status: 200, content: "" }],
      [61_441, { code: "RECV_ERROR" }],
    ] as const) {
      await first.close();
      const hops = Array.from({ length: 99 }, () => hop("HTTP/1.1 302 X\r\nLocation: /", 61_440));
      first = await startScriptedServer([...hops, hop("HTTP/1.1 200 OK", last)]);
      assert.equal((hops[0]?.send ?? "").length, 61_440);
      assert.deepEqual(await call({ redirects: -1 }), outcome);
      assert.equal(first.requests.length, 100);
    }
  });

  it("ends a way of redirects that has no end", async () => {
    script.push(...Array.from({ length: 200 }, () => redirectTo(`/${"a".repeat(90_000)}`)));
    assert.deepEqual(await call({ redirects: -1 }), { code: "RECV_ERROR" });
    assert.equal(first.requests.length, 69);
  });

  it("gives a redirect back as it is where none is followed, or none is one", async () => {
    const bodied = (head: string) => ({ send: `HTTP/1.1 302 X\r\n${head}Content-Length: 1\r\n\r\nx` });
    script.push(bodied("Location: /a\r\n"), bodied("Location: \r\n"), bodied(""), {
      send: "HTTP/1.1 201 X\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n",
    });
    assert.deepEqual(await call({ redirects: 0 }), { status: 302, content: "x" });
    assert.deepEqual(await call({}), { status: 302, content: "x" });
    assert.deepEqual(await call({}), { status: 302, content: "x" });
    assert.deepEqual(await call({}), { status: 201, content: "" });
  });

  it("follows the first of two Locations", async () => {
    script.push(redirectTo("/a\r\nLocation: /b"));
    assert.deepEqual(await call({}), OK);
    assert.equal(lastOf(first).target, "/a");
  });

  it("follows at once where only the end of the connection would end the content", async () => {
    script.push({ send: "HTTP/1.1 302 X\r\nLocation: /a\r\n\r\nmore to come" });
    assert.deepEqual(await call({}), OK);
    assert.equal(first.connections.accepted, 2);
  });

  it("waits for content that has a length", async () => {
    script.push({ send: "HTTP/1.1 302 X\r\nLocation: /a\r\nContent-Length: 99\r\n\r\nless" });
    assert.deepEqual(await call({ timeout: 1 }), { code: "OPERATION_TIMEDOUT" });
  });

  it("keeps or drops method and body by status and by the method option", async () => {
    const table: [number, Partial<Transfer>, string, string][] = [
      [300, {}, "POST", "a=b"],
      [301, {}, "GET", ""],
      [302, {}, "GET", ""],
      [303, {}, "GET", ""],
      [303, { method: "PUT" }, "PUT", ""],
      [307, {}, "POST", "a=b"],
      [308, { method: "PUT" }, "PUT", "a=b"],
      [399, {}, "POST", "a=b"],
    ];
    for (const [status, changes, method, body] of table) {
      first.requests.length = 0;
      script[0] = redirectTo("/a", status);
      assert.deepEqual(await call({ body: stringBody("a=b"), ...changes }), OK);
      const request = lastOf(first);
      assert.deepEqual([request.method, request.body.toString()], [method, body], `${status}`);
      assert.equal(headerOf(request, "content-type") !== undefined, body !== "", `${status}`);
    }
  });

  it("stays a GET once the body is dropped", async () => {
    script.push(redirectTo("/a", 303), redirectTo("/b", 307));
    assert.deepEqual(await call({ body: stringBody("a=b") }), OK);
    assert.deepEqual([lastOf(first).method, lastOf(first).body.length], ["GET", 0]);
  });

  it("cannot send a File again that was read", async () => {
    script.push(redirectTo("/a", 307));
    assert.deepEqual(await call({ body: fileBody(chunks("x")) }), { code: "SEND_FAIL_REWIND" });
    assert.equal(first.requests.length, 1);
  });

  it("sends a body again that can be read again", async () => {
    script.push(redirectTo("/a", 307));
    const body = fileBody(chunks(), { replayable: true, open: () => chunks("again") });
    assert.deepEqual(await call({ body }), OK);
    assert.equal(lastOf(first).body.toString(), "again");
  });

  it("keeps secrets at the origin that they are for", async () => {
    const headers = ["Cookie: a=b", "X-Api-Key: k", "Host: custom.example", "Proxy-Authorization: Basic x"];
    script.push(redirectTo(`${second.base}/x`));
    assert.deepEqual(await call({ headers, username: "u", password: "p" }), OK);
    const names = lastOf(second).headers.map(([name]) => name.toLowerCase());
    assert.deepEqual(names, ["host", "connection", "accept", "x-api-key"]);
    // Only the port differs.
    assert.equal(headerOf(lastOf(second), "host"), "custom.example");
    assert.equal(headerOf(first.requests[0] as RawRequest, "authorization"), "Basic dTpw");
  });

  it("drops the caller's Host for another host name", async () => {
    script.push(redirectTo(`http://localhost:${first.port}/x`));
    assert.deepEqual(await call({ headers: ["Host: custom.example"] }), OK);
    assert.equal(headerOf(lastOf(first), "host"), `localhost:${first.port}`);
  });

  it("gives the secrets back to their origin when it is led back there", async () => {
    const third = await startScriptedServer([redirectTo(`${first.base}/back`)]);
    script.push(redirectTo(`${third.base}/away`));
    const login = first.base.replace("//", "//u:p@");
    assert.deepEqual(await call({ headers: ["Cookie: a=b"] }, login), OK);
    await third.close();
    assert.equal(headerOf(third.requests[0] as RawRequest, "authorization"), undefined);
    assert.equal(headerOf(lastOf(first), "authorization"), "Basic dTpw");
    assert.equal(headerOf(lastOf(first), "cookie"), "a=b");
  });

  it("uses the credentials of a Location at the first origin, and options before them", async () => {
    const location = `${first.base.replace("//", "//l:q@")}/x`;
    script.push(redirectTo(location), { send: "" });
    script[1] = redirectTo("/y");
    assert.deepEqual(await call({}), OK);
    assert.equal(headerOf(lastOf(first), "authorization"), "Basic bDpx");
    first.requests.length = 0;
    assert.deepEqual(await call({ username: "u", password: "p" }), OK);
    assert.equal(headerOf(lastOf(first), "authorization"), "Basic dTpw");
  });

  it("takes the password of the first URL for a Location that has only a name", async () => {
    script.push(redirectTo(`${first.base.replace("//", "//l@")}/x`));
    assert.deepEqual(await call({}, first.base.replace("//", "//u:p@")), OK);
    assert.equal(headerOf(lastOf(first), "authorization"), "Basic bDpw");
  });

  it("goes on by a fresh connection where the server resets the one that it answered on", async () => {
    script.push({ ...redirectTo("/a", 307), reset: true });
    assert.deepEqual(await call({ body: stringBody("a=b") }), OK);
    assert.equal(lastOf(first).target, "/a");
  });

  it("does not need the whole content of a redirect that said its length", async () => {
    const head = "HTTP/1.1 302 X\r\nLocation: /a\r\n";
    const cut = (rest: string) => ({ send: `${head}${rest}`, end: true });
    script.push(cut("Content-Length: 5\r\n\r\nab"), cut("Connection: close\r\nContent-Length: 5\r\n\r\nab"));
    assert.deepEqual(await call({}), OK);
    assert.equal(first.requests.length, 3);
    first.requests.length = 0;
    script.splice(0, 2, cut("Transfer-Encoding: chunked\r\n\r\n5\r\nab"));
    assert.deepEqual(await call({}), { code: "PARTIAL_FILE" });
  });

  it("takes a Location as it stands in its line, less the blanks of ASCII", async () => {
    const table: [string, string][] = [
      ["\t /a \t", "/a"],
      ["/a\r\n /b", "/a"],
      ["/a\xa0", "/a%a0"],
    ];
    for (const [location, target] of table) {
      first.requests.length = 0;
      script[0] = { send: `HTTP/1.1 302 X\r\nLocation:${location}\r\nContent-Length: 0\r\n\r\n` };
      assert.deepEqual(await call({}), OK);
      assert.equal(lastOf(first).target, target);
    }
  });

  it("sends no credentials of a Location to another origin", async () => {
    script.push(redirectTo(`${second.base.replace("//", "//l:q@")}/x`));
    assert.deepEqual(await call({}), OK);
    assert.equal(headerOf(lastOf(second), "authorization"), undefined);
  });

  it("goes nowhere but to http and https", async () => {
    const table: [string, string][] = [
      ["ftp://127.0.0.1/", "UNSUPPORTED_PROTOCOL"],
      ["file:///etc/passwd", "UNSUPPORTED_PROTOCOL"],
      ["javascript:alert(1)", "UNSUPPORTED_PROTOCOL"],
      ["http://", "URL_MALFORMAT"],
      ["http://127.0.0.1:99999/", "URL_MALFORMAT"],
      ["/a\tb", "URL_MALFORMAT"],
      ["http://127.0.0.1:1/", "COULDNT_CONNECT"],
    ];
    for (const [location, code] of table) {
      first.requests.length = 0;
      script[0] = redirectTo(location);
      assert.deepEqual(await call({}), { code }, location);
    }
  });

  it("counts redirects before it looks at where they lead", async () => {
    script.push(redirectTo("/a"), redirectTo("ftp://x/"));
    assert.deepEqual(await call({ redirects: 1 }), { code: "TOO_MANY_REDIRECTS" });
  });

  it("asks the policy about every hop", async () => {
    script.push(redirectTo(`${second.base}/secret`));
    const seen: string[] = [];
    const policy = { checkUrl: (url: Origin) => void seen.push(formatHost(url)), checkAddress: () => {} };
    const outcome = await network.perform(transferTo(first.base, { redirects: 1 }), { policy });
    assert.deepEqual(plainOutcome(outcome), OK);
    assert.deepEqual(seen, [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]);
  });
});
