import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { listen } from "../support/listener.ts";
import { runCli } from "../support/run-cli.ts";

async function explain(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const outcome = await runCli(["explain", ...args]);
  return { ...outcome, stdout: outcome.stdout.toString() };
}

/** A mistake is one line, with advice at its end. */
function withoutAdvice(stderr: string): string {
  const [line = "", rest] = stderr.split('; try "http-background explain --help"');
  assert.equal(rest, "\n");
  return line;
}

describe("http-background explain", () => {
  it("says which rule denies a script's call, and what would allow it", async () => {
    const { code, stdout, stderr } = await explain(
      "GET",
      "http://localhost:8080/x?y",
      "--allow",
      "http://*:*",
    );
    assert.deepEqual([code, stderr], [1, ""]);
    assert.equal(
      stdout,
      `denied: GET http://localhost:8080
  rule         default private
  because      the host: local name
  to allow it  add --allow "http://localhost:8080"
  addresses    ::1, 127.0.0.1
  thread       default
  connection   http://localhost:8080
  counted as   localhost:8080
`,
    );
  });

  it("says which entry allows it", async () => {
    const { code, stdout } = await explain("POST", "127.1:81", "--allow", "http://127.0.0.1:*");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^allowed: POST http:\/\/127\.0\.0\.1:81\n {2}rule {9}allow http:\/\/127\.0\.0\.1:\*\n/,
    );
  });

  it("prints JSON", async () => {
    const { code, stdout } = await explain("GET", "http://[::ffff:7f00:1]", "--allow", "http://*", "--json");
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), {
      method: "GET",
      allowed: false,
      rule: "default private",
      address: "::ffff:7f00:1",
      range: "ipv4Mapped",
      advice: 'add "http://[::ffff:7f00:1]" to allow',
      origin: "http://[::ffff:127.0.0.1]:80",
      addresses: ["::ffff:127.0.0.1"],
      withoutAddresses: null,
      adds: [],
      asks: false,
      thread: "default",
      connection: {
        scheme: "http",
        host: "[::ffff:127.0.0.1]:80",
        countedAs: "::ffff:127.0.0.1:80",
        tls: null,
        protocols: [],
        proxy: null,
      },
    });
  });

  it("names the flags that would allow it", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    t.after(() => rm(folder, { recursive: true }));
    const rule = join(folder, "rule.json");
    await writeFile(rule, JSON.stringify({ origin: "http://127.0.0.1", methods: ["PUT"] }));
    const advice = async (...args: string[]): Promise<string | undefined> => {
      const { stdout } = await explain("GET", "http://127.0.0.1/", ...args);
      return /^ {2}to allow it {2}(.*)$/m.exec(stdout)?.[1];
    };
    assert.equal(await advice(), 'add --allow "http://127.0.0.1"');
    assert.equal(await advice("--application", "--block", "private"), 'remove --block "private"');
    assert.equal(
      await advice("--allow-rule", rule),
      'add the method to the rule "PUT http://127.0.0.1" of --allow-rule, or a rule that has it',
    );
  });

  it("sends nothing", async (t) => {
    const listener = await listen(t, () => {});
    const url = `http://127.0.0.1:${listener.port}/`;
    assert.equal((await explain("GET", url, "--allow", url.slice(0, -1))).code, 0);
    assert.equal(listener.accepted, 0);
  });

  it("goes through the environment's proxy where the call would: an application's, and a script's if it was given it", async (t) => {
    process.env.http_proxy = "http://proxy.test:3128";
    t.after(() => {
      delete process.env.http_proxy;
    });
    const seen = async (...args: string[]) => {
      const { stdout } = await explain("GET", "http://127.0.0.1/", "--allow", "http://*", "--json", ...args);
      const { addresses, connection } = JSON.parse(stdout);
      return [addresses, connection.proxy];
    };
    assert.deepEqual(await seen(), [["127.0.0.1"], null]);
    assert.deepEqual(await seen("--application"), [[], "http://proxy.test:3128"]);
    assert.deepEqual(await seen("--environment-proxy"), [[], "http://proxy.test:3128"]);
  });

  it("ends with 0 for what is allowed, with 1 for what is denied", async () => {
    const cases: [code: number, ...args: string[]][] = [
      [1, "http://127.0.0.1/"],
      [0, "http://127.0.0.1/", "--application"],
      [1, "http://127.0.0.1/", "--application", "--block", "private"],
      [1, "http://127.0.0.1/", "--application", "--allow", "http://127.0.0.2"],
      [
        1,
        "http://127.0.0.1/",
        "--allow",
        "http://127.0.0.1",
        "--block",
        "a.example",
        "--block",
        "127.0.0.0/8",
      ],
    ];
    for (const [code, ...args] of cases) {
      assert.equal((await explain("GET", ...args)).code, code, args.join(" "));
    }
  });

  it("names the thread of the configuration", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, "threads.yaml");
    await writeFile(path, "threads:\n  - id: first\n  - id: second\n");
    const thread = async (...args: string[]): Promise<string | undefined> => {
      const { stdout, stderr } = await explain("GET", "http://127.0.0.1/", "--config", path, ...args);
      return /^ {2}thread +(.*)$/m.exec(stdout)?.[1] ?? withoutAdvice(stderr);
    };
    assert.equal(await thread(), "first");
    assert.equal(await thread("--thread", "second"), "second");
    assert.equal(
      await thread("--thread", "third"),
      `http-background explain: ${path} has "first", "second", not "third"`,
    );
  });

  it("reads rules from files, and says what they add, but no values", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    t.after(() => rm(folder, { recursive: true }));
    const [json, yaml] = [join(folder, "rules.json"), join(folder, "rule.yaml")];
    const headers = { "X-Key": "s3cr3t" };
    const first = { origin: "http://127.0.0.1", methods: ["GET", "TRACE"], paths: ["/v1/*"], headers };
    await writeFile(json, JSON.stringify([first, "https://127.0.0.1"]));
    await writeFile(yaml, "origin: http://127.0.0.1\npaths: [/v1]\nusername: me\n");
    const rows = async (
      ...args: string[]
    ): Promise<[number | null, string | undefined, string | undefined]> => {
      const { code, stdout } = await explain(...args, "--allow-rule", json, "--allow-rule", yaml);
      assert.ok(!stdout.includes("s3cr3t"));
      const row = (label: string) => new RegExp(`^ {2}${label} +(.*)$`, "m").exec(stdout)?.[1];
      return [code, row("rule"), row("adds")];
    };
    const text = "GET,TRACE http://127.0.0.1 /v1/*";
    assert.deepEqual(await rows("GET", "http://127.0.0.1/v1/x"), [0, `allow ${text}`, "X-Key"]);
    assert.deepEqual(await rows("PUT", "http://127.0.0.1/v1"), [
      0,
      "allow http://127.0.0.1 /v1",
      "Authorization",
    ]);
    assert.deepEqual(await rows("GET", "http://127.0.0.1/v2"), [1, "default path", undefined]);
    assert.deepEqual(await rows("TRACE", "http://127.0.0.1/v1/x"), [1, "closed TRACE", "X-Key"]);
    assert.deepEqual(await rows("PUT", "https://127.0.0.1/v2"), [0, "allow https://127.0.0.1", undefined]);
  });

  it("shows nothing of a file of rules that cannot be read", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    t.after(() => rm(folder, { recursive: true }));
    const cases: [name: string, content: string, message: RegExp][] = [
      ["a.json", '[{"origin":"https://a.example","password":s3cr3t}]', /a\.json: is no JSON/],
      ["b.json", '{"password": "s3cr3t"', /b\.json: is no JSON/],
      ["a.yaml", "origin: https://a.example\npassword: @s3cr3t\n", /: is no YAML at line 2, column 11/],
      ["b.yaml", "headers:\n  Authorization: Basic: s3cr3t\n", /: is no YAML at line 2, column 18/],
      ["c.yaml", "password: *s3cr3t\n", /c\.yaml: is no YAML/],
      ["d.yaml", 'headers:\n  X-Key: "s3cr3t\n', /: is no YAML at line [23], column/],
    ];
    for (const [name, content, message] of cases) {
      const path = join(folder, name);
      await writeFile(path, content);
      const { code, stdout, stderr } = await explain("GET", "https://127.0.0.1/", "--allow-rule", path);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.ok(!`${stdout}${stderr}`.includes("s3cr3t"), stderr);
    }
  });

  it("names the file and the entry of a wrong rule", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-"));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, "rules.json");
    const cases: [content: string, message: string][] = [
      [
        '{"origin":"https://a.example","path":["/"]}',
        ".path: no such key; the keys are origin, methods, paths",
      ],
      [
        '["https://a.example",{"origin":"https://a.example","paths":["x"]}]',
        '[1].paths[0]: "x" does not begin',
      ],
      ['{"origin":"https://a.example","decide":true}', ".decide: must be a function"],
      ["5", ": number is not a string"],
    ];
    for (const [content, message] of cases) {
      await writeFile(path, content);
      const { code, stderr } = await explain(
        "GET",
        "https://a.example/",
        "--allow",
        "http://b.example",
        "--allow-rule",
        path,
      );
      assert.equal(code, 2);
      assert.ok(stderr.startsWith(`http-background explain: --allow-rule ${path}${message}`), stderr);
    }
    const { stderr } = await explain("GET", "https://a.example/", "--allow-rule", join(folder, "none.json"));
    assert.match(stderr, /none\.json: there is no such file/);
  });

  it("ends with 2 for a mistake, and names it", async () => {
    const cases: [message: string, ...args: string[]][] = [
      ["it takes a METHOD and a URL", "GET"],
      ['too many arguments: "more"', "GET", "http://127.0.0.1/", "more"],
      ['"G T" is not a method', "G T", "http://127.0.0.1/"],
      [
        '--allow: "a.example" has no scheme: write "https://a.example"',
        "GET",
        "http://127.0.0.1/",
        "--allow",
        "a.example",
      ],
      [
        '--block: "*" would block everything: for that, write an empty allow list',
        "GET",
        "http://127.0.0.1/",
        "--block",
        "*",
      ],
      ["http://[::1: URL using bad/illegal format or missing URL", "GET", "http://[::1"],
      ["ftp://127.0.0.1: Unsupported protocol", "GET", "ftp://127.0.0.1"],
    ];
    for (const [message, ...args] of cases) {
      const { code, stdout, stderr } = await explain(...args);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.equal(withoutAdvice(stderr), `http-background explain: ${message}`);
    }
  });
});
