import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { HttpBackground, Result } from "../../../host/index.ts";
import { readCassetteOptions } from "../../../host/testing/cassette/cassette-options.ts";
import { createTestHttpBackground, testScript } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";
import { assembleScript, call } from "../../support/script-wat.ts";
import { type ServerEntry, startScriptedServer } from "../../support/scripted-server.ts";

const cassettes = new Cassettes();
after(() => cassettes.remove());

/** Everything that a caller can see of a result. */
function seen(result: Result): unknown {
  const { status, content, code, error, headers, url } = result;
  return { status, content, code, error, url, headers: headers && [...headers] };
}

const answer = (content: string, head = ""): ServerEntry => ({
  send: `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n${head}\r\n${content}`,
});
const GZIP = gzipSync('{"a":"ü"}').toString("latin1");

/** What the server answers, and the calls that get it. */
const ANSWERS: readonly ServerEntry[] = [
  answer("first", "X-A: 1\r\nX-A: 2\r\n"),
  answer("second"),
  { send: "HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Length: 2\r\n\r\nxx" },
  answer("end"),
  answer("\xff\x00\x01"),
  answer(GZIP, "Content-Encoding: gzip\r\n"),
  { send: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", end: true },
  { end: true },
  { send: "HTTP/1.1 204 No Content\r\nX-Bytes: \xfc\r\n\r\n" },
  { send: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" },
  answer("12345"),
];

async function callAll(http: HttpBackground, base: string): Promise<unknown[]> {
  const ask = (path: string, options = {}, post?: never) =>
    http.http_background("default", base + path, options, post);
  const form = {
    a: { data: "ü" },
    b: { data: new Blob(["x".repeat(100)]), filename: "x.bin", encoder: "base64" },
  };
  const results = [
    await ask("/same"),
    await ask("/same"),
    await ask("/moved?a=1", { redirects: 1 }),
    await ask("/form", {}, form as never),
    await ask("/gzip"),
    await ask("/cut"),
    await ask("/nothing"),
    await ask("/empty", { method: "DELETE" }),
    await http.http_background("default", `${base}/slow`, {}, undefined, { timeoutMs: 150 }),
    await ask("/large", { max_file_size: 4 }),
    await http.http_background("default", "http://127.0.0.1:1/refused"),
  ];
  return results.map(seen);
}

describe("a cassette", () => {
  it("replays what was recorded: contents, redirects, repetitions, failures", async () => {
    const server = await startScriptedServer(ANSWERS);
    const recorded = await cassettes.use("record", "all", (http) => callAll(http, server.base));
    await server.close();
    assert.deepEqual(
      recorded.map((result) => (result as Result).status ?? (result as Result).code),
      [
        200,
        200,
        200,
        200,
        200,
        "PARTIAL_FILE",
        "GOT_NOTHING",
        204,
        "OPERATION_TIMEDOUT",
        "FILESIZE_EXCEEDED",
        "COULDNT_CONNECT",
      ],
    );
    const started = performance.now();
    const replayed = await cassettes.use("replay", "all", (http) => callAll(http, server.base));
    assert.deepEqual(replayed, recorded);
    assert.ok(performance.now() - started < 10_000);
  });

  it("is an HTTP archive that people can read", async () => {
    const { log } = await cassettes.archive("all");
    assert.equal(log.version, "1.2");
    assert.deepEqual(
      log.entries.map(({ request, response, _code }) => [request.method, response.status, _code]),
      [
        ["GET", 200, undefined],
        ["GET", 200, undefined],
        ["GET", 302, undefined],
        ["GET", 200, undefined],
        ["POST", 200, undefined],
        ["GET", 200, undefined],
        ["GET", 200, "PARTIAL_FILE"],
        ["GET", 0, "GOT_NOTHING"],
        ["DELETE", 204, undefined],
        ["GET", 200, "OPERATION_TIMEDOUT"],
        ["GET", 0, "FILESIZE_EXCEEDED"],
        ["GET", 0, "COULDNT_CONNECT"],
      ],
    );
    const contents = log.entries.map(({ response: { content } }) => [content.text, content.encoding]);
    assert.deepEqual(contents[0], ["first", undefined]);
    assert.deepEqual(contents[4], [Buffer.of(255, 0, 1).toString("base64"), "base64"]);
    assert.deepEqual(contents[5], ['{"a":"ü"}', undefined]);
    const [first] = log.entries;
    assert.equal(first?.serverIPAddress, "127.0.0.1");
    assert.equal(first?.request.httpVersion, "HTTP/1.1");
    assert.ok(first !== undefined && first.time >= 0 && !Number.isNaN(Date.parse(first.startedDateTime)));
    assert.deepEqual(Object.keys(first.timings), ["blocked", "send", "wait", "receive"]);
    const { text } = log.entries[4]?.request.postData ?? { text: "" };
    assert.match(text, /^-{26}0{22}\r\nContent-Disposition: form-data; name="a"\r\n\r\nü\r\n/);
  });

  it("never touches the network in replay, and says what is missing", async () => {
    const server = await startScriptedServer();
    try {
      await cassettes.use("record", "one", (http) =>
        http.http_background("default", `${server.base}/a`, {}, "x"),
      );
      const replaying = (path: string, post: string) =>
        cassettes.use("replay", "one", (http) =>
          http.http_background("default", server.base + path, {}, post),
        );
      await replaying("/a", "x");
      await assert.rejects(replaying("/a", "y"), {
        code: "NO_FAKE",
        message: /the nearest of 1 is POST http:.*\/a\n {4}body: wanted "x", came "y"\n.*=record$/,
      });
      await assert.rejects(replaying("/b", "x"), {
        code: "NO_FAKE",
        message: /\n {4}url: wanted ".*\/a", came ".*\/b"\n/,
      });
      const twice = cassettes.use("replay", "one", async (http) => {
        for (let time = 0; time < 2; time++)
          await http.http_background("default", `${server.base}/a`, {}, "x");
      });
      await assert.rejects(twice, { code: "NO_FAKE", message: /all its entries of this request are played/ });
      const missing = cassettes.use("replay", "missing", (http) =>
        http.http_background("default", server.base),
      );
      await assert.rejects(missing, { code: "NO_FAKE", message: /there is no such file/ });
      assert.equal(server.requests.length, 1);
    } finally {
      await server.close();
    }
  });

  it("gives the last entry again, if it is told to", async () => {
    const statuses = await cassettes.use(
      "replay",
      "all",
      async (http) => {
        const { log } = await cassettes.archive("all");
        const url = log.entries[0]?.request.url ?? "";
        const texts = [];
        for (let time = 0; time < 4; time++)
          texts.push(String((await http.http_background("default", url)).content));
        return texts;
      },
      { more: { repeat: true } },
    );
    assert.deepEqual(statuses, ["first", "second", "second", "second"]);
  });

  it("replays what is there and records the rest in update, and writes only if there is something new", async () => {
    const server = await startScriptedServer([answer("one"), answer("two")]);
    const ask = (...paths: string[]) =>
      cassettes.use("update", "grown", async (http) => {
        const texts = [];
        for (const path of paths)
          texts.push(String((await http.http_background("default", server.base + path)).content));
        return texts;
      });
    assert.deepEqual(await ask("/1"), ["one"]);
    assert.deepEqual(await ask("/1", "/2"), ["one", "two"]);
    const before = await cassettes.text("grown");
    assert.equal(server.requests.length, 2);
    await server.close();
    assert.deepEqual(await ask("/1", "/2"), ["one", "two"]);
    assert.equal(await cassettes.text("grown"), before);
    assert.equal((await cassettes.archive("grown")).log.entries.length, 2);
  });

  it("keeps the order in which requests began, whichever ends first", async () => {
    const slow = { ...answer("slow"), delay_ms: 50 };
    const servers = await Promise.all([startScriptedServer([slow]), startScriptedServer()]);
    await cassettes.use("record", "parallel", (http) =>
      Promise.all(servers.map(({ base }) => http.http_background("default", base))),
    );
    await Promise.all(servers.map((server) => server.close()));
    const { log } = await cassettes.archive("parallel");
    assert.deepEqual(
      log.entries.map(({ request }) => request.url),
      servers.map(({ base }) => `${base}/`),
    );
  });

  it("is not used in bypass, and not written by destroy", async () => {
    const server = await startScriptedServer();
    await cassettes.use("bypass", "none", (http) => http.http_background("default", server.base));
    const http = await createTestHttpBackground(undefined, {
      cassette: { file: cassettes.path("none"), mode: "record" },
    });
    await http.http_background("default", server.base);
    await http.destroy();
    await server.close();
    assert.equal(server.requests.length, 2);
    assert.equal(existsSync(cassettes.path("none")), false);
  });

  it("comes behind fakes", async () => {
    const server = await startScriptedServer();
    await cassettes.use("record", "behind", async (http) => {
      http.when(`${server.base}/fake`).reply(418);
      assert.equal((await http.http_background("default", `${server.base}/fake`)).status, 418);
      const file = new Blob(["x".repeat(100_000)]);
      assert.equal((await http.http_background("default", `${server.base}/real`, {}, file)).status, 200);
    });
    await server.close();
    assert.deepEqual(
      server.requests.map(({ target, body }) => [target, body.length]),
      [["/real", 100_000]],
    );
    const { log } = await cassettes.archive("behind");
    assert.deepEqual(
      log.entries.map(({ request }) => request.url),
      [`${server.base}/real`],
    );
  });

  it("is not overwritten if another test has written it meanwhile", async () => {
    const server = await startScriptedServer([answer("one"), answer("two")]);
    try {
      for (const mode of ["update", "record"] as const) {
        const cassette = { file: cassettes.path(`shared-${mode}`), mode };
        const tests = await Promise.all(
          ["/1", "/2"].map(async (path) => {
            const http = await createTestHttpBackground(undefined, { cassette });
            await http.http_background("default", server.base + path);
            return http;
          }),
        );
        await tests[0]?.close();
        const text = await cassettes.text(`shared-${mode}`);
        const message = /written by another test meanwhile/;
        await assert.rejects(tests[1]?.close() ?? assert.fail(), { code: "BAD_CASSETTE", message });
        assert.equal(await cassettes.text(`shared-${mode}`), text);
        // A test may close twice, and goes on with what it has written.
        await tests[0]?.close();
      }
    } finally {
      await server.close();
    }
  });

  it("is not recorded over that of another test, whose name makes the same name of a file", async () => {
    const server = await startScriptedServer([answer("one"), answer("two"), answer("three")]);
    try {
      const file = cassettes.path("same-name");
      const record = async (test: string): Promise<void> => {
        const cassette = { file, test, mode: "record" as const };
        const http = await createTestHttpBackground(undefined, { cassette });
        await http.http_background("default", server.base);
        await http.close();
      };
      await record("a b");
      const message = /of another test, "a b": give this one another name, or delete the file/;
      await assert.rejects(record("a: b!"), { code: "BAD_CASSETTE", message });
      assert.match(await cassettes.text("same-name"), /"one"/);
      await record("a b");
      assert.match(await cassettes.text("same-name"), /"two"/);
      await writeFile(file, "broken");
      await record("a: b!");
      assert.match(await cassettes.text("same-name"), /"three"/);
    } finally {
      await server.close();
    }
  });

  it("is replayed by any number of tests at the same time, to each all of it", async () => {
    const server = await startScriptedServer([answer("first"), answer("second")]);
    const both = (mode: "record" | "replay" | "update") =>
      cassettes.use(mode, "many", async (http) => {
        const ask = async () => String((await http.http_background("default", server.base)).content);
        return [await ask(), await ask()];
      });
    await both("record");
    await server.close();
    const replays = await Promise.all([1, 2, 3, 4].flatMap(() => [both("replay"), both("update")]));
    for (const texts of replays) assert.deepEqual(texts, ["first", "second"]);
  });

  it("is read as a stream, and answers scripts", async () => {
    const server = await startScriptedServer([answer("content"), answer("script")]);
    const read = (mode: "record" | "replay") =>
      cassettes.use(mode, "stream", async (http) => {
        const { content } = await http.http_background("default", server.base, {}, undefined, {
          stream: true,
        });
        return new Response(content as ReadableStream).text();
      });
    assert.equal(await read("record"), "content");
    const script = assembleScript({
      body: `(func (export "main") (call $echo_content ${call("args")}))`,
      data: { args: ["default", `${server.base}/script`] },
    });
    const run = (mode: "record" | "replay") =>
      testScript(script, {
        runtime: { allow: [server.base] },
        http: { cassette: { file: cassettes.path("script"), mode } },
      });
    assert.equal((await run("record")).output, "script");
    await server.close();
    assert.equal(await read("replay"), "content");
    assert.equal((await run("replay")).output, "script");
  });

  it("keeps to the policy when it is replayed", async () => {
    const server = await startScriptedServer();
    await cassettes.use("record", "policy", (http) => http.http_background("default", server.base));
    await server.close();
    const { code } = await cassettes.use(
      "replay",
      "policy",
      (http) => http.http_background("default", server.base),
      { policy: { block: ["private"] } },
    );
    assert.equal(code, "DENIED");
  });
});

describe("the mode of a cassette", () => {
  it("is replay where CI is set, otherwise update, unless a variable or an option says it", () => {
    const modeOf = (env: Record<string, string>, mode?: "record") =>
      readCassetteOptions({ file: "x", mode }, env).mode;
    assert.equal(modeOf({}), "update");
    assert.equal(modeOf({ CI: "" }), "update");
    assert.equal(modeOf({ CI: "false" }), "update");
    assert.equal(modeOf({ CI: "true" }), "replay");
    assert.equal(modeOf({ CI: "1", HTTP_BACKGROUND_CASSETTES: "bypass" }), "bypass");
    assert.equal(modeOf({ CI: "1", HTTP_BACKGROUND_CASSETTES: "bypass" }, "record"), "record");
    assert.throws(() => modeOf({ HTTP_BACKGROUND_CASSETTES: "recrod" }), { option: "cassette.mode" });
  });

  it("is refused with other options that are wrong", async () => {
    const wrong: [string, object][] = [
      ["cassette.file", { file: "" }],
      ["cassette.mode", { file: "x", mode: "play" }],
      ["cassette.repeat", { file: "x", repeat: 1 }],
      ["cassette.timings", { file: "x", timings: 1 }],
      ["cassette.test", { file: "x", test: 1 }],
      ["match.url", { file: "x", match: { url: true } }],
      ["match.header", { file: "x", match: { header: false } }],
      ["redact.headers", { file: "x", redact: { headers: "x" } }],
      ["cassette.name", { name: "x" }],
      ["cassette", 5 as never],
    ];
    for (const [option, cassette] of wrong)
      await assert.rejects(createTestHttpBackground(undefined, { cassette: cassette as never }), {
        code: "BAD_CONFIG",
        option,
      });
  });
});
