import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import * as zlib from "node:zlib";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { type RedactOptions, scrubCassette, testScript } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";
import { assembleScript, call } from "../../support/script-wat.ts";
import { type ServerEntry, startScriptedServer } from "../../support/scripted-server.ts";

const cassettes = new Cassettes();
after(() => cassettes.remove());

const SECRET = 'gr"ant ed+ü/s3cr3t';
/** The secret as a header carries it. */
const BYTES = Buffer.from(SECRET).toString("latin1");

/** All that a file must not contain. */
const SPELLINGS: readonly string[] = [
  SECRET,
  JSON.stringify(SECRET).slice(1, -1),
  JSON.stringify(JSON.stringify(SECRET)).slice(3, -3),
  encodeURIComponent(SECRET),
  encodeURIComponent(SECRET).replaceAll("%20", "+"),
  Buffer.from(SECRET).toString("base64"),
  Buffer.from(`user:${SECRET}`).toString("base64"),
  Buffer.from(SECRET).toString("hex"),
  Buffer.from(SECRET).toString("hex").toUpperCase(),
  // A server may take each byte of a header for a character.
  BYTES.slice(-10),
];

function checkHidden(text: string): void {
  for (const spelling of SPELLINGS) assert.ok(!text.includes(spelling), spelling);
  // In what is base64, it must not be either.
  for (const [, bytes = ""] of text.matchAll(/"text": "([A-Za-z0-9+/=]{8,})"/g))
    assert.ok(!Buffer.from(bytes, "base64").includes(SECRET), bytes);
}

const answer = (content: string, head = ""): ServerEntry => ({
  send: `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n${head}\r\n${content}`,
});

/** Servers that tell what they were told, in every way. */
const ECHOES: readonly ServerEntry[] = [
  answer(BYTES),
  answer(Buffer.from(JSON.stringify({ headers: { "X-Key": SECRET } })).toString("latin1")),
  answer(`a=1&b=${encodeURIComponent(SECRET)}`, `Location: /x?key=${encodeURIComponent(SECRET)}\r\n`),
  answer(Buffer.from(SECRET).toString("base64"), `X-Echo: ${BYTES}\r\n`),
  answer(gzipSync(`<p>${SECRET}</p>`).toString("latin1"), "Content-Encoding: gzip\r\n"),
  answer(`\0${BYTES}\xff`),
  answer(Buffer.from(`\0 user:${SECRET}!`).toString("base64")),
  answer(`${Buffer.from(SECRET).toString("hex")} ${Buffer.from(SECRET).toString("hex").toUpperCase()}`),
  answer(Buffer.from(JSON.stringify({ headers: { "x-key": BYTES } })).toString("latin1")),
  answer("x", `Location: http://user:${encodeURIComponent(SECRET)}@a.example/\r\n`),
];

/** Bodies that name a secret, and that a server tells back as text of something else. */
const NAMED: readonly (readonly [type: string, body: string])[] = [
  ["application/json", '{"a":[{"password":"hunter2hunter"}]}'],
  ["application/json", '{"data":"{\\"password\\": \\"hunter2hunter\\"}"}'],
  ["application/x-ndjson", '{"a":1}\n{"password" : "hunter2hunter"}\n'],
  ["text/event-stream", 'data: {"access_token":"hunter2hunter"}\n\n'],
  ["application/x-www-form-urlencoded", "a=b&password=hunter2hunter"],
  ["application/json", '{"accessToken":"hunter2hunter","api-key":"hunter2hunter"}'],
  ["application/x-www-form-urlencoded", "Refresh-Token=hunter2hunter"],
  [
    "multipart/form-data; boundary=xyz",
    '--xyz\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2hunter\r\n--xyz--\r\n',
  ],
];

describe("a recorded file", () => {
  it("has no secret of a rule, however the server tells it", async () => {
    const server = await startScriptedServer([...ECHOES, ...ECHOES]);
    const rules = [{ origin: server.base, headers: { "X-Key": SECRET, "X-Short": "k1" } }];
    const asked = { origin: "http://localhost:1", headers: { "X-Token": () => SECRET } };
    const run = (mode: "record" | "replay") =>
      cassettes.use(
        mode,
        "rule",
        async (http) => {
          const statuses = [];
          for (const path of ECHOES.keys())
            statuses.push((await http.http_background("default", `${server.base}/${path}`)).status);
          statuses.push((await http.http_background("default", "http://localhost:1/")).code);
          return statuses;
        },
        { policy: { allow: [...rules, asked] } },
      );
    const recorded = await run("record");
    await server.close();
    assert.equal(server.requests[0]?.headers.find(([name]) => name === "X-Key")?.[1], BYTES);
    const text = await cassettes.text("rule");
    checkHidden(text);
    assert.ok(!text.includes("k1"));
    assert.ok(text.includes("X-Key") && text.includes("[secret]"));
    assert.deepEqual(await run("replay"), recorded);
  });

  it("has no credentials of a rule or of a caller, and no cookies", async () => {
    const cookies = `Set-Cookie: session=${encodeURIComponent(SECRET)}; Path=/; HttpOnly\r\n`;
    const server = await startScriptedServer([answer("one", cookies), ...ECHOES]);
    const policy = {
      allow: [{ origin: server.base, paths: ["/rule"], username: "user", password: SECRET }, "http://*:*"],
    };
    const run = (mode: "record" | "replay") =>
      cassettes.use(
        mode,
        "login",
        async (http) => {
          const ask = (path: string, options = {}) =>
            http.http_background("default", server.base + path, options);
          const results = [
            await ask("/rule"),
            await ask("/own?a=1", { username: "user", password: SECRET }),
            await ask("/bearer", { headers: [`Authorization: Bearer ${SECRET}`] }),
            await ask("/cookie", { headers: [`Cookie: a=b; session=${encodeURIComponent(SECRET)}`] }),
            await ask(`/x?access_token=${encodeURIComponent(SECRET)}&b=1`, {
              headers: [`X-Api-Key: ${SECRET}`],
            }),
            await ask("/sig", { aws_sigv4: "aws:amz:eu-north-1:s3", username: "AKIAID", password: SECRET }),
          ];
          return results.map(({ status }) => status);
        },
        { policy },
      );
    await run("record");
    await server.close();
    const text = await cassettes.text("login");
    checkHidden(text);
    assert.ok(
      text.includes('"session=[secret]; Path=/; HttpOnly"') &&
        text.includes('"a=[secret]; session=[secret]"'),
    );
    assert.ok(!text.includes("AKIAID") && !text.includes("Signature="), "the signature");
    assert.deepEqual(await run("replay"), [200, 200, 200, 200, 200, 200]);
  });

  it("has no secret in what is compressed in any way, and finds it again", async () => {
    const bytes = Buffer.from(`told: ${SECRET}. ${"lorem ipsum ".repeat(500)}`);
    const whole = gzipSync(bytes);
    const zstd = (zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }).zstdCompressSync;
    const compressed: readonly (readonly [coding: string, content: Buffer])[] = [
      ["x-gzip", whole],
      ["deflate", deflateRawSync(bytes)],
      ["gzip, br", brotliCompressSync(whole)],
      ["GZIP,gzip", gzipSync(whole)],
      ["gzip", whole.subarray(0, -20)],
      ["br", brotliCompressSync(bytes).subarray(0, -5)],
      ...(zstd === undefined ? [] : [["zstd", zstd(bytes)] as const]),
    ];
    const answers = compressed.map(([coding, content]) =>
      answer(content.toString("latin1"), `Content-Encoding: ${coding}\r\n`),
    );
    const server = await startScriptedServer([...answers, ...answers]);
    const policy = { allow: [{ origin: server.base, headers: { "X-Key": SECRET } }] };
    const run = (mode: "record" | "replay") =>
      cassettes.use(
        mode,
        "compressed",
        async (http) => {
          const statuses: unknown[] = [];
          for (const [index, [coding, content]] of compressed.entries()) {
            const headers = [`Content-Encoding: ${coding}`];
            statuses.push((await http.http_background("default", `${server.base}/${index}`)).status);
            const url = `${server.base}/post/${index}`;
            statuses.push((await http.http_background("default", url, { headers }, content)).status);
          }
          return statuses;
        },
        { policy },
      );
    const recorded = await run("record");
    await server.close();
    checkHidden(await cassettes.text("compressed"));
    const { log } = await cassettes.archive("compressed");
    for (const { request, response } of log.entries) {
      const texts = [request.postData?.text, response.content.encoding && response.content.text];
      // No compressed bytes are left.
      for (const text of texts) assert.ok(!text || text === Buffer.from("[secret]").toString("base64"), text);
    }
    assert.deepEqual(await run("replay"), recorded);
  });

  it("has no secret in the names of cookies and parameters", async () => {
    const server = await startScriptedServer();
    const name = encodeURIComponent(SECRET);
    const policy = { allow: [{ origin: server.base, headers: { "X-Key": SECRET } }] };
    const run = (mode: "record" | "replay") =>
      cassettes.use(
        mode,
        "names",
        (http) =>
          http.http_background("default", `${server.base}/?${name}=1`, { headers: [`Cookie: ${name}=1`] }),
        { policy },
      );
    await run("record");
    await server.close();
    checkHidden(await cassettes.text("names"));
    assert.equal((await run("replay")).status, 200);
  });

  it("has no secret of a script's runtime", async () => {
    const server = await startScriptedServer([answer(BYTES)]);
    const script = assembleScript({
      body: `(func (export "main") (call $echo_content ${call("args")}))`,
      data: { args: ["default", server.base] },
    });
    const file = cassettes.path("script");
    const run = (mode: "record" | "replay") =>
      testScript(script, {
        runtime: { allow: [{ origin: server.base, headers: { "X-Key": SECRET } }] },
        http: { cassette: { file, mode } },
      });
    await run("record");
    await server.close();
    checkHidden(await cassettes.text("script"));
    assert.equal((await run("replay")).output, "[secret]");
  });

  it("has none of what the user names, at any depth, and is found again", async () => {
    const server = await startScriptedServer([
      answer('{"a":[{"pin":"fourdigits","b":"x"}],"access_token":"abcdefgh"}'),
      answer("pin=ninetynine&c=d", "X-Mine: private\r\n"),
      answer("fine"),
    ]);
    const redact: RedactOptions = { headers: ["x-mine"], query: ["Key"], fields: ["PIN"], values: ["zz"] };
    const run = (mode: "record" | "replay") =>
      cassettes.use(
        mode,
        "named",
        async (http) => {
          const ask = (path: string, post?: string) =>
            http.http_background("default", server.base + path, {}, post);
          return [
            await ask("/1?key=abc&other=1", '{"pin":{"x":1},"a":2}'),
            await ask("/2", "a=b&pin=seventyseven"),
            await ask("/zz"),
          ].map(({ status }) => status);
        },
        { more: { redact } },
      );
    await run("record");
    await server.close();
    const text = await cassettes.text("named");
    for (const hidden of [
      "abc&",
      "fourdigits",
      "abcdefgh",
      "ninetynine",
      '"x":1',
      "seventyseven",
      "private",
      "/zz",
    ])
      assert.ok(!text.includes(hidden), hidden);
    const { log } = await cassettes.archive("named");
    assert.equal(log.entries[0]?.request.url, `${server.base}/1?key=[secret]&other=1`);
    assert.equal(
      log.entries[0]?.response.content.text,
      '{"a":[{"pin":"[secret]","b":"x"}],"access_token":"[secret]"}',
    );
    assert.equal(log.entries[1]?.request.postData?.text, "a=b&pin=[secret]");
    assert.deepEqual(await run("replay"), [200, 200, 200]);
  });

  it("hides a secret in an earlier request of the test, and finds that request again", async () => {
    const server = await startScriptedServer();
    const run = (mode: "record" | "replay") =>
      cassettes.use(mode, "earlier", async (http) => {
        const ask = (headers: string[], post: string) =>
          http.http_background("default", server.base, { headers }, post);
        const first = await ask([], `before ${SECRET} after`);
        return [first.status, (await ask([`Authorization: Bearer ${SECRET}`], "x")).status];
      });
    await run("record");
    await server.close();
    checkHidden(await cassettes.text("earlier"));
    assert.deepEqual(await run("replay"), [200, 200]);
    const other = cassettes.use("replay", "earlier", (http) =>
      http.http_background("default", server.base, {}, `before ${SECRET}`),
    );
    await assert.rejects(other, { code: "NO_FAKE" });
  });

  it("has no field that is named as a secret, in any kind of body, and nowhere else", async () => {
    const server = await startScriptedServer([
      ...NAMED.map(([type, body]) => answer(body, `Content-Type: ${type}\r\n`)),
      ...NAMED.map(() => answer("you said hunter2hunter")),
      answer("you said hunter3hunter"),
    ]);
    const run = (mode: "record" | "replay") =>
      cassettes.use(mode, "fields", async (http) => {
        const ask = (path: string, headers: string[] = [], post?: string) =>
          http.http_background("default", server.base + path, { headers }, post);
        const results = [];
        for (const at of NAMED.keys()) results.push(await ask(`/answer/${at}`));
        for (const [at, [type, body]] of NAMED.entries())
          results.push(await ask(`/post/${at}`, [`Content-Type: ${type}`], body));
        results.push(await ask("/?sig=hunter3hunter&a=1"));
        return results.map(({ status }) => status);
      });
    const recorded = await run("record");
    await server.close();
    const text = await cassettes.text("fields");
    assert.ok(!text.includes("hunter"), text);
    assert.deepEqual(await run("replay"), recorded);
    // What is told otherwise is another request.
    const other = cassettes.use("replay", "fields", (http) =>
      http.http_background("default", `${server.base}/post/0`, {}, '{"a":[{"secret":"x"}]}'),
    );
    await assert.rejects(other, { code: "NO_FAKE" });
  });

  it("stays as it is if the secret looks like what stands in its place", async () => {
    const server = await startScriptedServer([answer("secret"), answer("secret")]);
    const policy = { allow: [{ origin: server.base, headers: { "X-Key": "secret" } }] };
    const run = (mode: "record" | "replay") =>
      cassettes.use(mode, "word", (http) => http.http_background("default", server.base), { policy });
    await run("record");
    await server.close();
    const text = await cassettes.text("word");
    assert.equal(String((await run("replay")).content), "[secret]");
    assert.equal(await scrubCassette(cassettes.path("word"), { values: ["secret"] }), 0);
    assert.equal(await cassettes.text("word"), text);
  });
});

describe("scrubCassette", () => {
  it("hides the secrets of an archive of another program, and keeps the rest of it", async () => {
    const entry = {
      startedDateTime: "2026-01-01T00:00:00Z",
      time: 1,
      request: {
        method: "POST",
        url: `https://user:${encodeURIComponent(SECRET)}@a.example/?password=x&b=1`,
        httpVersion: "h2",
        headers: [{ name: "authorization", value: `Bearer ${SECRET}` }],
        cookies: [{ name: "session", value: SECRET }],
        queryString: [{ name: "password", value: "x" }],
        postData: {
          mimeType: "application/x-www-form-urlencoded",
          params: [{ name: "password", value: "x" }],
        },
        headersSize: 1,
        bodySize: 1,
      },
      response: {
        status: 200,
        statusText: "",
        httpVersion: "h2",
        headers: [],
        cookies: [],
        content: { size: 1, mimeType: "text/plain", text: `token ${SECRET}` },
        redirectURL: "",
        headersSize: 1,
        bodySize: 1,
      },
      cache: {},
      timings: {},
      pageref: "page_1",
      _initiator: { stack: [{ url: `https://a.example/?b=1&access_token=tokentoken` }] },
      _webSocketMessages: [{ data: `{"access_token":"tokentoken"}` }, { data: `told ${SECRET}` }],
    };
    const archive = {
      log: {
        version: "1.2",
        creator: { name: "Firefox", version: "1" },
        pages: [{ id: "page_1", title: `https://a.example/${encodeURIComponent(SECRET)}?access_token=x` }],
        entries: [entry],
      },
    };
    const path = cassettes.path("foreign");
    await writeFile(path, `\uFEFF${JSON.stringify(archive)}`);
    assert.equal(await scrubCassette(path), 1);
    const text = await cassettes.text("foreign");
    checkHidden(text);
    const { log } = JSON.parse(text);
    assert.deepEqual(log.pages, [
      { id: "page_1", title: "https://a.example/[secret]?access_token=[secret]" },
    ]);
    assert.ok(!text.includes("tokentoken"));
    const [{ request, response, pageref }] = log.entries;
    assert.equal(pageref, "page_1");
    assert.equal(request.url, "https://a.example/?password=[secret]&b=1");
    assert.equal(request.postData.params[0].value, "[secret]");
    assert.equal(response.content.text, "token [secret]");
    assert.equal(await scrubCassette(path), 0);
  });

  it("says what is wrong with a file", async () => {
    await assert.rejects(scrubCassette(cassettes.path("nothing")), {
      code: "BAD_CASSETTE",
      message: /there is no such file/,
    });
    await writeFile(cassettes.path("text"), "text");
    await assert.rejects(scrubCassette(cassettes.path("text")), {
      code: "BAD_CASSETTE",
      message: /is not JSON/,
    });
  });
});
