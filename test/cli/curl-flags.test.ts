import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { call as command } from "../../host/cli/call.ts";
import { curlHint } from "../../host/cli/curl-hints.ts";
import { certificates } from "../support/certificates.ts";
import { runCli } from "../support/run-cli.ts";

describe("http-background call, with the flags of curl", { timeout: 120_000 }, () => {
  let seen: { request: IncomingMessage; body: string }[] = [];
  let base: string;
  let folder: string;
  const server = createServer(async (request, response) => {
    seen.push({ request, body: await text(request) });
    if (request.url === "/moved") return response.writeHead(302, { location: "/there" }).end();
    response.writeHead(request.url === "/missing" ? 404 : 200, "Fine", { "X-A": "caf\xe9" });
    response.end("content");
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "curl-flags-"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const call = async (path: string, ...args: string[]) => {
    seen = [];
    const outcome = await runCli(["call", "t", base + path, ...args]);
    return { ...outcome, out: outcome.stdout.toString("latin1"), last: seen.at(-1) ?? assert.fail() };
  };

  it("sends a method, headers, credentials and pieces of data", async () => {
    await writeFile(join(folder, "data"), "x=1\r\ny=2\n");
    await writeFile(join(folder, "lines"), "X-B: 2\n\nX-C;\r\n");
    const { last } = await call(
      "/",
      ...["-X", "PUT", "-H", "X-A: 1", "-H", `@${join(folder, "lines")}`, "-u", "me:se:cret", "-A", "tool/1"],
      ...["-d", "a", "-d", `@${join(folder, "data")}`, "--data-raw", "@b"],
    );
    assert.equal(last.body, "a&x=1y=2&@b");
    const { method, headers } = last.request;
    assert.deepEqual(
      [method, headers["x-a"], headers["x-b"], headers["x-c"], headers["user-agent"]],
      ["PUT", "1", "2", "", "tool/1"],
    );
    assert.equal(headers.authorization, `Basic ${Buffer.from("me:se:cret").toString("base64")}`);
  });

  it("says what to write instead of a flag that only curl has", async () => {
    const cases: [args: string[], hint: RegExp][] = [
      [["-sS"], /there is no option "-S"; leave it out: errors are always shown; try/],
      [["-G"], /"-G"; write the data into the query/],
      [["--data-urlencode", "a=b c"], /; escape the value yourself/],
      [["-b", "a=b"], /"-b"; use -H 'Cookie: NAME=VALUE'/],
      [["-T", "file"], /"-T"; use -X PUT -f FILE/],
      [["-E", "file"], /"-E"; use -O tls_client_cert\.x509=FILE/],
      [["-4"], /"-4"; -O sourceip/],
      [["--max-redirs", "3"], /; use -O redirects=NUMBER/],
      [["--retry=3"], /; a request is made once/],
      [["--timeout", "5"], /"--timeout"; use -O timeout=VALUE/],
      [["--max-file-size", "5"], /; use -O max_file_size=VALUE/],
      [["-fsSL"], /sSL: .*; --fail is what -f of curl is; try/],
      [["-f"], /-f, --file: it needs a value; --fail is what -f of curl is; try/],
      [["-w", "@format"], /-w @format: a format is not read from a file/],
      [["--slent"], /did you mean "--silent"\?/],
    ];
    for (const [args, hint] of cases) {
      const { code, stderr } = await runCli(["call", "t", base, ...args]);
      assert.match(stderr, hint);
      assert.equal(code, 2, args.join(" "));
    }
  });

  it("has no hint for a flag that it takes", async () => {
    const { flags } = command;
    for (const [name, { short }] of Object.entries(flags)) {
      if (name !== "file") assert.equal(curlHint(name, true), undefined, name);
      if (short !== undefined) assert.equal(curlHint(short, true), undefined, short);
    }
  });

  it("sends JSON and asks for it, unless the headers say otherwise", async () => {
    const { last } = await call("/", "--json", '{"a":', "--json", "1}", "-H", "Accept: text/plain");
    assert.equal(last.body, '{"a":1}');
    const { headers, method } = last.request;
    assert.deepEqual(
      [method, headers["content-type"], headers.accept],
      ["POST", "application/json", "text/plain"],
    );
    await writeFile(join(folder, "json"), "[\n]\n");
    assert.equal((await call("/", "--json", `@${join(folder, "json")}`)).last.body, "[\n]\n");
  });

  it("prints the head before the content with -i, also into a file", async () => {
    const { out, code } = await call("/moved", "-L", "-i");
    assert.equal(code, 0);
    const [head = "", content] = out.split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 200 Fine\r\nX-A: caf\xe9\r\n/);
    assert.equal(content, "content");
    const path = join(folder, "with-head");
    const { out: printed, last } = await call("/", "-I", "-o", path);
    assert.deepEqual([printed, last.request.method], ["", "HEAD"]);
    assert.match(await readFile(path, "latin1"), /^HTTP\/1\.1 200 Fine\r\n.*\r\n\r\n$/s);
  });

  it("ends with 22 with --fail, and writes no content", async () => {
    const path = join(folder, "kept");
    await writeFile(path, "old");
    const { code, out, stderr } = await call("/missing", "--fail", "-o", path);
    assert.deepEqual(
      [code, out, stderr],
      [22, '{"status":404}\n', "http-background call: the server answered with the status 404\n"],
    );
    assert.equal(await readFile(path, "utf8"), "old");
    const raw = await call("/missing", "--fail", "--raw");
    assert.deepEqual([raw.code, raw.out], [22, ""]);
    assert.equal((await call("/", "--fail", "--raw")).code, 0);
  });

  it("prints figures with -w, after all else", async () => {
    const format = "%{http_code} %{num_redirects} %{method} %{size_download}%%\\n";
    const { out } = await call("/moved", "-L", "--raw", "-w", format);
    assert.equal(out, "content200 1 GET 7%\n");
    const failed = await runCli(["call", "t", "http://127.0.0.1:1/", "-w", "%{json}"]);
    const [result = "", figures = ""] = failed.stdout.toString().split("\n");
    assert.equal(JSON.parse(result).code, "COULDNT_CONNECT");
    const { error_code: code, exitcode, http_code: status, time_total: seconds } = JSON.parse(figures);
    assert.deepEqual([code, exitcode, status], ["COULDNT_CONNECT", 1, null]);
    assert.ok(seconds > 0 && seconds < 60);
  });

  it("tells with -v what happens, on standard error", async () => {
    const { stderr, out, last } = await call("/moved", "-L", "-v", "-H", "X-A: 1");
    assert.equal(JSON.parse(out).status, 200);
    const { port } = new URL(base);
    const lines = stderr.split("\n");
    const expected = [
      `* connected to 127.0.0.1 (127.0.0.1) port ${port}`,
      "* using HTTP/1.1",
      "> GET /moved HTTP/1.1",
      "> X-A: 1",
      ">",
      "< HTTP/1.1 302 Found",
      `* a redirect to ${base}/there`,
      "* a connection is used again",
      "> GET /there HTTP/1.1",
      "< HTTP/1.1 200 Fine",
      "< X-A: caf\ufffd",
      "<",
    ];
    assert.deepEqual(
      lines.filter((line) => expected.includes(line)).filter((line, at, all) => line !== all[at - 1]),
      [
        ...expected.slice(0, 8),
        "* using HTTP/1.1",
        ...expected.slice(8, 9),
        "> X-A: 1",
        ">",
        ...expected.slice(9),
      ],
    );
    assert.equal(last.request.headers["x-a"], "1");
    const failed = await runCli(["call", "t", "http://127.0.0.1:1/", "-v"]);
    assert.match(failed.stderr, /^\* Couldn't connect to server \(COULDNT_CONNECT\): .*ECONNREFUSED/m);
  });

  it("names HTTP/2, TLS and the certificate with -v, and trusts any with -k", async () => {
    const { good } = certificates();
    const secure = createSecureServer({ key: good.key, cert: good.cert }, (_, response) =>
      response.end("two"),
    );
    await once(secure.listen(0, "127.0.0.1"), "listening");
    const url = `https://localhost:${(secure.address() as AddressInfo).port}/path?a=b`;
    const { stderr, stdout } = await runCli(["call", "t", url, "-k", "-v", "--raw", "-w", "%{http_version}"]);
    secure.close();
    assert.equal(stdout.toString(), "two2");
    for (const line of [
      /^\* TLS: TLSv1\.3, TLS_\w+$/m,
      /^\* the certificate of good, by authority, is valid until .* GMT$/m,
      /^\* the certificate is NOT trusted: .+$/m,
      /^\* using HTTP\/2$/m,
      /^> GET \/path\?a=b HTTP\/2$/m,
      /^< HTTP\/2 200$/m,
    ])
      assert.match(stderr, line);
  });

  it("writes to a file whose name looks like an option, if it is a path", async () => {
    const path = join(folder, "timeout=5");
    assert.equal((await call("/", "-o", path)).code, 0);
    assert.ok(existsSync(path));
  });

  it("says in one line what has no effect, without advice of Node", async () => {
    const { code, stderr } = await call("/", "-O", "timeout=0.5");
    assert.deepEqual(
      [code, stderr],
      [0, "http-background call: timeout: 0.5 is cut off to 0, which is no limit\n"],
    );
  });
});
