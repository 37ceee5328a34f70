import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import type { RunOptions, RunResult, ScriptRuntime } from "../../../host/script/index.ts";
import { startHttpbin } from "../../support/httpbin.ts";
import { bodyOfExpression, TABLES } from "../../support/javascript/expressions.ts";
import { inRoot } from "../../support/root.ts";
import { failureOf, ScriptWorld } from "../../support/script-runtime.ts";

const IMPORT = 'import * as guest from "http-background/guest";\n';

/** More bytes than the memory that a script has here. */
const LARGE = 8 << 20;

/** A server that says what it got, and what it was asked to say. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const content = await buffer(request);
  if (pathname === "/redirect") {
    response
      .writeHead(Number(searchParams.get("status")), { location: searchParams.get("to") ?? "/" })
      .end("moved");
  } else if (pathname === "/status") {
    response
      .writeHead(Number(searchParams.get("code")), { "x-a": "1", "set-cookie": ["b", "c"] })
      .end("content");
  } else if (pathname === "/large") {
    response.end(Buffer.alloc(LARGE, "a"));
  } else if (pathname === "/silent") {
    // Whoever asks has to end it.
  } else {
    const { method, headers } = request;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, headers, content: content.toString("latin1") }));
  }
}

describe("the library of scripts in JavaScript, in the runtime", () => {
  let the: ScriptWorld;
  const server = createServer((request, response) => void answer(request, response));
  let base = "";
  let httpbin: Awaited<ReturnType<typeof startHttpbin>>;
  let runtime: ScriptRuntime;

  before(async () => {
    the = await ScriptWorld.create();
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    httpbin = await startHttpbin();
    runtime = the.runtime({ allow: [base, httpbin.url] });
  });
  after(async () => {
    await the.close();
    await httpbin.close();
    server.close();
    server.closeAllConnections();
  });

  const run = async (body: string, options: RunOptions = {}): Promise<RunResult> => {
    const source = `${IMPORT}const base = ${JSON.stringify(base)};\nexport default async () => {${body}\n}`;
    return (await runtime.compile({ name: "hook.js", source })).run("default", options);
  };

  for (const [name, rows] of Object.entries(TABLES))
    it(`has what is expected of ${name}`, async () => {
      const calls = rows.map(([expression]) => `await (async () => { ${bodyOfExpression(expression)} })()`);
      const { result } = await run(`return JSON.stringify([${calls.join(",\n")}])`);
      const values = JSON.parse(String(result)) as unknown[];
      for (const [place, [expression, value]] of rows.entries())
        assert.deepEqual(values[place], value, expression);
    });

  it("posts texts, bytes, Files and forms", async () => {
    const { result } = await run(
      `const post = async (post, options = {}) => {
         const { content } = await guest.http_background("default", base, options, post);
         const seen = JSON.parse(content);
         return [seen.method, seen.headers["content-type"], seen.content, seen.headers["content-length"]];
       };
       return [
         await post("ä"), await post(new Uint8Array([1, 255])), await post(new Blob(["x"])),
         await post(guest.File.named("mail"), { headers: ["Content-Length: 5"] }), await post(new URLSearchParams({ a: "b c" })),
         await post("x", { method: "PUT", headers: ["Content-Type: a/b"] }),
       ];`,
      { files: { mail: Buffer.from("hello") } },
    );
    const FORM = "application/x-www-form-urlencoded";
    assert.deepEqual(result, [
      ["POST", FORM, "Ã¤", "2"],
      ["POST", FORM, "\u0001ÿ", "2"],
      ["POST", "application/octet-stream", "x", undefined],
      ["POST", "application/octet-stream", "hello", "5"],
      ["POST", FORM, "a=b+c", "5"],
      ["PUT", "a/b", "x", "1"],
    ]);
  });

  it("posts forms that a parser of others reads", async () => {
    const { result } = await run(
      `const form = new FormData();
       form.append("a", "1"); form.append("f", new Blob(["x".repeat(10000)]), "f.txt"); form.append("mail", guest.File.named("mail"));
       const reflected = async (post) => { const { form, files } = JSON.parse((await guest.http_background("default", ${JSON.stringify(httpbin.url)}, {}, post)).content); return [form, Object.keys(files), files.mail]; };
       return [await reflected(form), await reflected({ a: { data: "ü", type: "text/plain" }, mail: { data: guest.File.named("mail"), filename: "m" } })];`,
      { files: { mail: Buffer.from("hello") } },
    );
    assert.deepEqual(result, [
      [{ a: "1" }, ["f", "mail"], "hello"],
      [{ a: "ü" }, ["mail"], "hello"],
    ]);
  });

  it("follows redirects with fetch, and gives the headers and the URL of the last response", async () => {
    const { result, usage } = await run(
      `const target = "/status?code=201";
       const response = await fetch(base + "/redirect?status=303&to=" + encodeURIComponent(target), { method: "POST", body: "b" });
       const manual = await fetch(base + "/redirect?status=302&to=/", { redirect: "manual" });
       return [response.status, response.url === base + target, response.redirected, response.headers.get("x-a"),
         response.headers.getSetCookie(), await response.text(), manual.status, manual.headers.get("location")];`,
    );
    assert.deepEqual(result, [201, true, true, "1", ["b", "c"], "content", 302, "/"]);
    assert.equal(usage.requests, 3);
  });

  it("goes through a content in pieces that is larger than its memory", async () => {
    const script = await the.runtime({ allow: [base], limits: { memoryPages: 64 } }).compile({
      name: "pieces.js",
      source: `export default async () => {
        let size = 0;
        for await (const piece of (await fetch("${base}/large")).body) size += piece.length;
        return size;
      }`,
    });
    const { result, usage } = await script.run();
    assert.equal(result, LARGE);
    assert.ok(usage.peakMemoryBytes <= 64 * 65_536, `${usage.peakMemoryBytes}`);
  });

  it("sends with fetch what a Request has", async () => {
    const { result } = await run(
      `const request = new Request(base + "/x", { method: "put", headers: { "X-B": "ÿ", accept: "a/b" }, body: JSON.stringify({ a: 1 }) });
       const { method, headers, content } = await (await fetch(request)).json();
       return [method, headers["x-b"], headers.accept, headers["content-type"], headers["content-length"], content];`,
    );
    assert.deepEqual(result, ["PUT", "ÿ", "a/b", "text/plain;charset=UTF-8", "7", '{"a":1}']);
  });

  it("ends calls whose signal aborts", async () => {
    const { result } = await run(
      `const url = base + "/silent";
       const { code } = await guest.http_background("default", url, {}, undefined, { signal: AbortSignal.timeout(20) });
       return [code, await fetch(url, { signal: AbortSignal.timeout(20) }).catch(({ name }) => name)];`,
    );
    assert.deepEqual(result, ["ABORTED_BY_CALLBACK", "TimeoutError"]);
  });

  it("throws mistakes that a script can catch, and names their place if it does not", async () => {
    const { result } = await run(
      `const look = ({ name, message, code, option }) => [name, message, code, option];
       const calls = [["default", base, { timeout: "5" }], ["no", base], ["default", base, {}, 5], ["default", base, {}, { a: {} }]];
       return await Promise.all(calls.map((args) => guest.http_background(...args).catch(look)));`,
    );
    assert.deepEqual(result, [
      ["HttpBackgroundError", "Bad timeout value", "BAD_OPTION", "timeout"],
      ["HttpBackgroundError", "Missing ID in configuration", "UNKNOWN_THREAD", "id"],
      ["HttpBackgroundError", "Bad type of POST parameter", "BAD_ARGUMENT", "post"],
      ["HttpBackgroundError", "Bad data type", "BAD_ARGUMENT", "post.a.data"],
    ]);
    const failure = await failureOf(
      run(`\n\n  await guest.http_background("default", base, { timeout: "5" });`),
    );
    assert.equal(failure.code, "SCRIPT_ABORTED");
    assert.match(failure.message, /Bad timeout value/);
    assert.deepEqual(failure.place && [failure.place.file, failure.place.line], ["hook.js", 5]);
    const parsing = await failureOf(run("JSON.parse(`{`)"));
    assert.deepEqual(parsing.place && [parsing.place.file, parsing.place.line], ["hook.js", 3]);
  });

  it("has no policy of its own: what is denied is a value, and the cause of a fetch", async () => {
    const { result } = await run(
      `const { code } = await guest.http_background("default", "http://192.0.2.1/");
       return [code, await fetch("http://192.0.2.1/").catch(({ cause }) => cause.code)];`,
    );
    assert.deepEqual(result, ["DENIED", "DENIED"]);
  });

  it("posts a text of a quarter of its memory", async () => {
    const { result } = await run(
      `const { status } = await guest.http_background("default", base + "/status?code=200", {}, "x".repeat(4_000_000)); return status`,
    );
    assert.equal(result, 200);
  });

  it("writes texts and bytes to the output", async () => {
    const { output } = await run(
      `guest.echo("ä"); guest.echo(new Uint8Array([0xc3, 0xa4])); console.log({ a: [1] });`,
    );
    assert.equal(output, "ä\nä\n{ a: [ 1 ] }\n");
  });

  it("has random numbers that differ from run to run", async () => {
    const source = `${IMPORT}export default () => [Math.random(), crypto.randomUUID()];`;
    const script = await runtime.compile({ name: "hook.js", source });
    const seen = new Set(
      (await Promise.all([script.run(), script.run(), script.run()])).map(({ result }) => String(result)),
    );
    assert.equal(seen.size, 3);
  });

  it("runs scripts whose top-level code is not the same in each run", async () => {
    const source = `${IMPORT}const id = Math.random(); const [first] = guest.args(); const entry = () => [id, first]; export { entry as default };`;
    const script = await runtime.compile({ name: "hook.js", source });
    assert.deepEqual(script.entries, ["default"]);
    const [one, other] = await Promise.all([
      script.run("default", { args: ["a"] }),
      script.run("default", { args: ["b"] }),
    ]);
    assert.deepEqual([(one.result as unknown[])[1], (other.result as unknown[])[1]], ["a", "b"]);
    assert.notEqual((one.result as unknown[])[0], (other.result as unknown[])[0]);
  });

  it("runs the examples of the repository", async () => {
    const load = async (name: string, options: RunOptions): Promise<RunResult> =>
      (await runtime.compile(inRoot(`examples/javascript/${name}.js`))).run("default", options);
    const webhook = await load("webhook", { args: [`${base}/`, "secret"] });
    assert.deepEqual([webhook.result, webhook.output], [1, "delivered with attempt 1\n"]);
    const mail = await load("mail", { args: [base], files: { mail: Buffer.from("From: alice") } });
    assert.match((mail.result as { content: string }).content, /filename="mail\.eml"/);
    assert.equal(mail.output, "uploaded 11 bytes: 200\n");
    const many = await load("many", { args: [base] });
    assert.equal((many.result as { answered: number }).answered, 20);
    assert.equal(many.output, "20 × status 200\n");
    const signature = createHmac("sha256", "secret")
      .update(JSON.stringify({ event: "delivered", id: 17 }))
      .digest("hex");
    assert.equal(signature.length, 64);
  });
});
