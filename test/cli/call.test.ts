import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { NO_SIGNALS } from "../support/platform.ts";
import { outcomeOf, runCli, startCli } from "../support/run-cli.ts";

interface Seen {
  request: IncomingMessage;
  body: Buffer;
}

describe("http-background call", () => {
  let server: Server;
  let base: string;
  let folder: string;
  let seen: Seen[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "http-background-"));
    server = createServer(async (request, response) => {
      const body = await buffer(request);
      seen.push({ request, body });
      if (request.url === "/silent") return;
      if (request.url === "/binary") return response.end(Buffer.from([0xff, 0x00, 0x0a]));
      response.statusCode = request.url === "/missing" ? 404 : 200;
      response.end(body.length > 0 ? body : "café\n");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const call = async (
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    seen = [];
    const outcome = await runCli(["call", ...args]);
    return { ...outcome, stdout: outcome.stdout.toString() };
  };

  it("prints a status and its content as a line of JSON", async () => {
    const outcome = await call("default", `${base}/get?a=b`);
    assert.deepEqual(outcome, { code: 0, stdout: '{"status":200,"content":"café\\n"}\n', stderr: "" });
    assert.equal(seen[0]?.request.url, "/get?a=b");
  });

  it("ends with 0 for any status", async () => {
    const { code, stdout } = await call("default", `${base}/missing`);
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).status, 404);
  });

  it("prints content that is not UTF-8 as base64", async () => {
    const { stdout } = await call("default", `${base}/binary`);
    assert.equal(stdout, '{"status":200,"content":{"base64":"/wAK"}}\n');
  });

  it("writes the content alone with --raw", async () => {
    seen = [];
    const { code, stdout } = await runCli(["call", "--raw", "default", `${base}/binary`]);
    assert.equal(code, 0);
    assert.deepEqual([...stdout], [0xff, 0x00, 0x0a]);
  });

  it("ends with 1 and prints the error if the transfer fails", async () => {
    const { code, stdout, stderr } = await call("default", "http://127.0.0.1:1/");
    assert.deepEqual(
      [code, stdout, stderr],
      [1, `{"error":"Couldn't connect to server","code":"COULDNT_CONNECT"}\n`, ""],
    );
  });

  it("keeps standard output empty for an error with --raw", async () => {
    const { code, stdout, stderr } = await call("default", "http://127.0.0.1:1/", "--raw");
    assert.deepEqual([code, stdout, stderr], [1, "", "Couldn't connect to server (COULDNT_CONNECT)\n"]);
  });

  it("passes options on, by their types", async () => {
    await call(
      ...["default", `${base}/`, "-O", "method=PUT", "-O", "headers=X-A: 1", "-O", "headers=X-B: 2"],
      ...["-O", "timeout=30", "-d", "x"],
    );
    const request = seen[0]?.request;
    assert.equal(request?.method, "PUT");
    assert.equal(request?.headers["x-a"], "1");
    assert.equal(request?.headers["x-b"], "2");
  });

  it("sends a string with -d", async () => {
    await call("default", `${base}/`, "-d", "a=ü");
    assert.equal(seen[0]?.request.method, "POST");
    assert.equal(seen[0]?.request.headers["content-type"], "application/x-www-form-urlencoded");
    assert.equal(seen[0]?.body.toString(), "a=ü");
  });

  it("sends a file with -f", async () => {
    const path = join(folder, "mail.eml");
    await writeFile(path, "Subject: x\r\n\r\ny\r\n");
    await call("default", `${base}/`, "-f", path);
    assert.equal(seen[0]?.request.headers["content-type"], "application/octet-stream");
    assert.equal(seen[0]?.body.toString(), await readFile(path, "utf8"));
  });

  it("sends standard input with -f -", async () => {
    seen = [];
    const { code } = await runCli(["call", "default", `${base}/`, "-f", "-"], Buffer.alloc(100_000, "z"));
    assert.equal(code, 0);
    assert.equal(seen[0]?.body.length, 100_000);
  });

  it("sends a form with -F, files by their names", async () => {
    const path = join(folder, "x.txt");
    await writeFile(path, "from a file");
    await call(
      ...["default", `${base}/`, "-F", "a=1", "-F", `b=@${path};encoder=base64`, "-F", `c=<${path}`],
      ...["-F", "d=x;type=text/html;filename=y.html", "-F", "a=2"],
    );
    const boundary = /boundary=(.*)$/.exec(seen[0]?.request.headers["content-type"] ?? "")?.[1];
    const parts = seen[0]?.body.toString().split(`--${boundary}`).slice(1, -1);
    assert.deepEqual(parts, [
      '\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
      '\r\nContent-Disposition: form-data; name="b"; filename="x.txt"\r\nContent-Type: text/plain\r\n' +
        "Content-Transfer-Encoding: base64\r\n\r\nZnJvbSBhIGZpbGU=\r\n",
      '\r\nContent-Disposition: form-data; name="c"\r\n\r\nfrom a file\r\n',
      '\r\nContent-Disposition: form-data; name="d"; filename="y.html"\r\nContent-Type: text/html\r\n\r\nx\r\n',
      '\r\nContent-Disposition: form-data; name="a"\r\n\r\n2\r\n',
    ]);
  });

  it("takes the threads of a configuration", async () => {
    const path = join(folder, "threads.yaml");
    await writeFile(path, "threads:\n- id: slow\n  max_total: 1\n");
    assert.equal((await call("slow", `${base}/`, "--config", path)).code, 0);

    const { code, stderr } = await call("quick", `${base}/`, "--config", path);
    assert.equal(code, 2);
    assert.match(stderr, /Missing ID in configuration: .*threads\.yaml has "slow", not "quick"/);
    assert.equal(seen.length, 0);
  });

  it("is ended by SIGINT, its connection closed, without a result", { skip: NO_SIGNALS }, async () => {
    seen = [];
    const requested = once(server, "request");
    const child = startCli(["call", "default", `${base}/silent`]);
    const ended = outcomeOf(child);
    const [request] = (await requested) as [IncomingMessage];
    const closed = once(request.socket, "close");
    child.kill("SIGINT");
    assert.deepEqual(await ended, { code: 130, stdout: Buffer.alloc(0), stderr: "" });
    await closed;
  });
});

const MISTAKES: [args: string[], says: RegExp][] = [
  [[], /^Usage: http-background COMMAND/],
  [["fetch"], /^http-background: there is no command "fetch"; try "http-background --help"\n$/],
  [["toString"], /there is no command "toString"/],
  [["call"], /^http-background call: it takes an ID and a URL; try "http-background call --help"\n$/],
  [["call", "a", "http://x/", "y"], /too many arguments: "y"/],
  [["call", "a", "http://x/", "--zzzzz"], /there is no option "--zzzzz"; try/],
  [["call", "a", "http://x/", "-o"], /^http-background call: -o, --output: it needs a value; try/],
  [["call", "a", "http://x/", "--raw=yes"], /^http-background call: --raw: it takes no value; try/],
  [
    ["call", "a", "http://x/", "-o", "timeout=5"],
    /-o timeout=5: options of the call are set with -O timeout=5;/,
  ],
  [
    ["call", "a", "http://x/", "-O", "timout=5"],
    /-O timout: there is no such option; did you mean timeout\?/,
  ],
  [
    ["call", "a", "http://x/", "-w", "%{http_cod}"],
    /there is no figure "http_cod"; did you mean %\{http_code\}\?/,
  ],
  [["call", "a", "http://x/", "-H", "X-A"], /-H "X-A": a header is written "Name: value"/],
  [["call", "a", "http://x/", "-u", "name"], /-u: it takes USER:PASSWORD/],
  [["call", "a", "http://x/", "-m", "soon"], /-m: it takes a number of seconds, not "soon"/],
  [["call", "a", "http://x/", "-X", "PUT", "-O", "method=POST"], /-O method: it was given before/],
  [["completion", "bsh"], /there is no completion for "bsh"; did you mean "bash"\?/],
  [["call", "a", "http://x/", "-O", "timeout=x"], /-O timeout: it takes a number, not "x"/],
  [["call", "a", "http://x/", "-d", "x", "-F", "a=b"], /give only one of -d, --json, -f and -F/],
  [["call", "a", "http://x/", "-f", "x", "-f", "y"], /-f: it can be given once/],
  [["call", "a", "http://x/", "-d", "@/nonexistent"], /\/nonexistent: there is no such file/],
  [["call", "a", "http://x/", "-F", "a"], /-F a: a field is written/],
  [["call", "a", "http://x/", "-f", "/nonexistent"], /\/nonexistent: there is no such file/],
  [["call", "a", "http://x/", "-f", "/"], /\/: it is a directory/],
  [["call", "a", "http://x/", "--cacert", "/nope"], /call: --cacert: \/nope: there is no such file; try/],
  [["call", "a", "http://x/", "--config", "/nonexistent"], /\/nonexistent: there is no such file/],
  [["call", "a", "http://x/", "-O", "tls_client_cert=5"], /Bad tls_client_cert value/],
];

const ANSWERS: [args: string[], says: RegExp][] = [
  [["--help"], /^Usage: http-background COMMAND .*\n {2}call +do one request/s],
  [["help"], /^Usage: http-background COMMAND/],
  [["call", "--help"], /^Usage: http-background call ID URL .*Examples:/s],
  [["call", "a", "-h"], /^Usage: http-background call ID URL/],
  [["completion", "bash"], /^# Completion of http-background for bash\./],
  [["--version"], /^\d+\.\d+\.\d+\n$/],
];

describe("http-background, the command line", () => {
  for (const [args, says] of MISTAKES) {
    it(`ends with 2 and says why: ${JSON.stringify(args)}`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.match(stderr, says);
      assert.equal(code, 2);
      assert.equal(stdout.length, 0);
    });
  }

  for (const [args, says] of ANSWERS) {
    it(`answers ${JSON.stringify(args)}`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      assert.match(stdout.toString(), says);
      assert.deepEqual([code, stderr], [0, ""]);
    });
  }
});
