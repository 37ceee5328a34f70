import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { checkSize, LARGEST } from "../../../host/testing/cassette/cassette-file.ts";
import { type CassetteOptions, cassetteOf } from "../../../host/testing/index.ts";
import { Cassettes } from "../../support/cassettes.ts";
import { readText } from "../../support/root.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";

const cassettes = new Cassettes();
after(() => cassettes.remove());

/** An archive as Chromium writes it: fields of HTTP/2, decoded content, members of its own. */
const CHROMIUM = {
  log: {
    version: "1.2",
    creator: { name: "WebInspector", version: "537.36" },
    pages: [],
    entries: [
      {
        _initiator: { type: "other" },
        _priority: "High",
        _resourceType: "fetch",
        cache: {},
        connection: "443",
        request: {
          method: "GET",
          url: "https://api.example.com/items?q=a%20b#part",
          httpVersion: "h2",
          headers: [
            { name: ":authority", value: "api.example.com" },
            { name: "accept-encoding", value: "gzip" },
          ],
          queryString: [{ name: "q", value: "a%20b" }],
          cookies: [],
          headersSize: -1,
          bodySize: 0,
        },
        response: {
          status: 200,
          statusText: "",
          httpVersion: "h2",
          headers: [
            { name: ":status", value: "200" },
            { name: "content-encoding", value: "gzip" },
            { name: "content-length", value: "20" },
            { name: "content-type", value: "application/json" },
          ],
          cookies: [],
          content: { size: 11, mimeType: "application/json", text: '{"items":1}' },
          redirectURL: "",
          headersSize: -1,
          bodySize: -1,
          _transferSize: 100,
          _error: null,
        },
        serverIPAddress: "[2606:2800:220:1::1]",
        startedDateTime: "2026-01-01T00:00:00.000Z",
        time: 10,
        timings: { blocked: 1, dns: -1, ssl: -1, connect: -1, send: 1, wait: 1, receive: 1 },
      },
      {
        request: {
          method: "POST",
          url: "https://api.example.com/form",
          httpVersion: "HTTP/1.1",
          headers: [{ name: "Content-Type", value: "application/x-www-form-urlencoded" }],
          queryString: [],
          cookies: [],
          postData: {
            mimeType: "application/x-www-form-urlencoded",
            params: [{ name: "a", value: "x y" }, { name: "b" }],
          },
        },
        response: {
          status: 200,
          httpVersion: "HTTP/1.1",
          headers: [],
          content: { size: 2, mimeType: "image/png", text: "AP8=", encoding: "base64" },
        },
      },
      {
        request: { method: "GET", url: "https://api.example.com/failed", httpVersion: "", headers: [] },
        response: {
          status: 0,
          headers: [],
          content: { size: 0, mimeType: "x-unknown" },
          _error: "net::ERR_CONNECTION_REFUSED",
        },
      },
      {
        request: {
          method: "POST",
          url: "https://api.example.com/upload",
          headers: [],
          postData: {
            mimeType: "multipart/form-data; boundary=----WebKitFormBoundaryABC",
            text: '------WebKitFormBoundaryABC\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n------WebKitFormBoundaryABC--\r\n',
          },
        },
        response: { status: 201, headers: [], content: { size: 0, mimeType: "" } },
      },
    ],
  },
};

describe("an archive of another program", () => {
  it("replays: content is as it was decoded, and what is not HTTP/1.1 is no header", async () => {
    await writeFile(cassettes.path("chromium"), JSON.stringify(CHROMIUM));
    await cassettes.use("replay", "chromium", async (http) => {
      const ask = (path: string, post?: string) =>
        http.http_background("default", `https://api.example.com${path}`, {}, post as never);
      const json = await ask("/items?q=a%20b");
      assert.deepEqual(JSON.parse(String(json.content)), { items: 1 });
      assert.deepEqual([...(json.headers ?? [])], [["content-type", "application/json"]]);
      assert.deepEqual([...((await ask("/form", "a=x+y&b=")).content ?? [])], [0, 255]);
      assert.equal((await ask("/failed")).code, "COULDNT_CONNECT");
      const form = { a: { data: "x" } };
      const upload = await http.http_background("default", "https://api.example.com/upload", {}, form);
      assert.equal(upload.status, 201);
    });
  });

  it("gets entries of ours, which replay as they came", async () => {
    const content = gzipSync("compressed").toString("latin1");
    const send = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
    const server = await startScriptedServer([{ send }]);
    await writeFile(cassettes.path("mixed"), JSON.stringify(CHROMIUM));
    const ask = async (mode: "update" | "replay"): Promise<[string, string | null | undefined]> =>
      cassettes.use(mode, "mixed", async (http) => {
        const call = { decompress: true };
        const { content, headers } = await http.http_background("default", server.base, {}, undefined, call);
        return [String(content), headers?.get("content-encoding")];
      });
    assert.deepEqual(await ask("update"), ["compressed", "gzip"]);
    await server.close();
    assert.deepEqual(await ask("replay"), ["compressed", "gzip"]);
  });

  it("keeps to the policy with the address that it names", async () => {
    const archive = structuredClone(CHROMIUM);
    Object.assign(archive.log.entries[0] ?? {}, { serverIPAddress: "10.0.0.1" });
    await writeFile(cassettes.path("private"), JSON.stringify(archive));
    const options = { policy: { block: ["private"] } };
    const ask = (name: string) =>
      cassettes.use(
        "replay",
        name,
        (http) => http.http_background("default", "https://api.example.com/items?q=a%20b"),
        options,
      );
    assert.equal((await ask("private")).code, "DENIED");
    assert.equal((await ask("chromium")).status, 200);
  });
});

/** What a page has fetched in Chromium, recorded by Playwright: a fetch, and the status and the content that the page got. */
const FETCHED: readonly (readonly [path: string, init: RequestInit, status: number, content: string])[] = [
  ["/page", {}, 200, "<!doctype html><title>x</title><p>hello"],
  ["/json", {}, 200, '{"items":[1,2,3],"name":"é"}'],
  ["/gzip", {}, 200, "gzipped text"],
  ["/br", {}, 200, "brotli text"],
  ["/bytes", {}, 200, Buffer.from([...Array(256).keys()]).toString()],
  // ISO-8859-1, which is not what `text` reads.
  ["/latin", {}, 200, "caf\ufffd"],
  ["/none", {}, 204, ""],
  ["/missing", {}, 404, '{"error":"no"}'],
  ["/teapot", {}, 418, ""],
  ["/moved", {}, 200, '{"items":[1,2,3],"name":"é"}'],
  ["/cookies", {}, 200, "set"],
  ["/empty", {}, 200, ""],
  ["/echo?k=json", post('{"a":"é","b":[1]}'), 201, '{"a":"é","b":[1]}'],
  ["/echo?k=form", post(new URLSearchParams({ a: "x y", b: "é&=", c: "" })), 201, "a=x+y&b=%C3%A9%26%3D&c="],
  ["/echo?k=text", { method: "PUT", body: "plain" }, 201, "plain"],
  // The archive has no bytes and no files that were sent.
  ["/echo?k=bytes", post(Uint8Array.of(1, 2, 254, 255)), 201, "\u0001\u0002\ufffd\ufffd"],
  ["/json?q=a%20b&r=%C3%A9&s=a+b#frag", {}, 200, '{"items":[1,2,3],"name":"é"}'],
  ["/json", { method: "DELETE" }, 200, '{"items":[1,2,3],"name":"é"}'],
  ["/json", { method: "HEAD" }, 200, ""],
  ["/json?auth", { headers: { authorization: "Bearer another" } }, 200, '{"items":[1,2,3],"name":"é"}'],
];

function post(body: NonNullable<RequestInit["body"]>): RequestInit {
  return { method: "POST", body };
}

describe("an archive of a real browser", () => {
  const base = "http://127.0.0.1:39527";

  it("gives what the page got", async () => {
    await writeFile(cassettes.path("browser"), readText("test/testing/cassette/chromium.har"));
    await cassettes.use("replay", "browser", async (http) => {
      const fetch = http.fetch("default");
      for (const [path, init, status, content] of FETCHED) {
        const response = await fetch(`${base}${path}`, init);
        assert.deepEqual([path, response.status, await response.text()], [path, status, content]);
      }
      const form = new FormData();
      form.append("file", new Blob(["file text"], { type: "text/plain" }), "a b.txt");
      const uploaded = await (await fetch(`${base}/echo?k=multipart`, post(form))).text();
      assert.match(uploaded, /name="file"; filename="a b.txt"\r\nContent-Type: text\/plain\r\n\r\nfile text/);
      assert.equal((await http.http_background("default", `${base}/broken`)).code, "COULDNT_CONNECT");
    });
  });
});

describe("an archive of a program that does not keep to the format", () => {
  const entry = (request: object, response: object, more: object = {}) => ({
    request: { method: "GET", url: "https://a.example/caf%C3%A9", headers: [], ...request },
    response: { status: 200, headers: [], content: { text: "ok" }, ...response },
    ...more,
  });
  const ODD: Readonly<Record<string, object>> = {
    "null for what is missing": entry(
      { postData: null, cookies: null, queryString: null },
      { redirectURL: null, cookies: null, content: { text: "ok", mimeType: null, encoding: null } },
      { serverIPAddress: null },
    ),
    "no headers": entry({ headers: undefined }, { headers: undefined }),
    "numbers for texts": entry(
      { headers: [{ name: "dnt", value: 1 }] },
      { headers: [{ name: "x", value: 2 }] },
    ),
    "a type that is no text": entry(
      { postData: { mimeType: null, params: [{ name: "a", value: null }] } },
      {},
    ),
    "a header without a value": entry({ headers: [{ name: "a" }] }, { headers: [{ name: "x" }] }),
    "a number as text, and another case": entry(
      {},
      { status: "200", content: { text: "b2s=", encoding: "Base64" } },
    ),
    "what is no address": entry({}, {}, { serverIPAddress: 5 }),
    "an address that is none": entry({}, {}, { serverIPAddress: "unknown" }),
  };
  for (const [name, odd] of Object.entries(ODD)) {
    it(`replays: ${name}`, async () => {
      await writeFile(cassettes.path("odd"), JSON.stringify({ log: { creator: null, entries: [odd] } }));
      const ask = (url: string, post?: string) =>
        cassettes.use(
          "replay",
          "odd",
          (http) => http.http_background("default", url, { method: "GET" }, post),
          {
            policy: { block: ["private"] },
          },
        );
      const post =
        "postData" in (odd as { request: object }).request && name.startsWith("a type") ? "a=" : undefined;
      assert.equal(String((await ask("https://a.example/café", post)).content), "ok");
      assert.equal((await ask("https://a.example/caf%c3%A9", post)).status, 200);
    });
  }

  const UNFINISHED: Readonly<Record<string, object>> = {
    "that is missing": { ...entry({}, {}), response: undefined },
    "that is null": { ...entry({}, {}), response: null },
    "without a status": entry({}, { status: undefined }),
    "whose status is null": entry({}, { status: null, content: null, headers: null }),
  };
  for (const [name, unfinished] of Object.entries(UNFINISHED)) {
    it(`takes a response ${name} for a failure, and replays the others`, async () => {
      const other = entry({ url: "https://a.example/other" }, { content: undefined });
      await writeFile(cassettes.path("odd"), JSON.stringify({ log: { entries: [unfinished, other] } }));
      const results = await cassettes.use("replay", "odd", (http) =>
        Promise.all(
          ["caf%C3%A9", "other"].map((path) => http.http_background("default", `https://a.example/${path}`)),
        ),
      );
      assert.deepEqual(
        results.map(({ status, code, content }) => [status, code, content?.length]),
        [
          [undefined, "COULDNT_CONNECT", undefined],
          [200, undefined, 0],
        ],
      );
    });
  }

  it("takes the fields of a form whose text is empty, and any multipart body", async () => {
    const params = [{ name: "a", value: "x y" }];
    const form = { mimeType: "application/x-www-form-urlencoded", text: "", params };
    const multipart = { mimeType: "multipart/form-data; boundary=x", text: "", params };
    const posted = (path: string, postData: object) =>
      entry({ method: "POST", url: `https://a.example/${path}`, postData }, {});
    const entries = [posted("form", form), posted("parts", multipart)];
    await writeFile(cassettes.path("odd"), JSON.stringify({ log: { entries } }));
    await cassettes.use("replay", "odd", async (http) => {
      const parts = { a: { data: "x y" } };
      const one = await http.http_background("default", "https://a.example/form", {}, "a=x+y");
      const other = await http.http_background("default", "https://a.example/parts", {}, parts);
      assert.deepEqual([one.status, other.status], [200, 200]);
    });
  });

  it("does not replay content that is in another file", async () => {
    const content = { size: -1, mimeType: "text/plain", _file: "abc.txt" };
    await writeFile(cassettes.path("odd"), JSON.stringify({ log: { entries: [entry({}, { content })] } }));
    const asking = cassettes.use("replay", "odd", (http) =>
      http.http_background("default", "https://a.example/café"),
    );
    await assert.rejects(asking, {
      code: "BAD_CASSETTE",
      message: /log\.entries\[0\], GET .*, has its content in another file, abc\.txt/,
    });
  });

  it("keeps the names of cookies that are joined with line ends", async () => {
    const headers = [{ name: "Set-Cookie", value: "a=1; Path=/\nb=2; Secure" }];
    const log = { entries: [entry({}, { headers })] };
    await writeFile(cassettes.path("joined"), JSON.stringify({ log }));
    const reply = await cassettes.use("replay", "joined", (http) =>
      http.http_background("default", "https://a.example/café"),
    );
    assert.deepEqual(reply.headers?.getAll("set-cookie"), ["a=[secret]; Path=/", "b=[secret]; Secure"]);
  });
});

describe("how a request finds its entry", () => {
  const ask = async (
    more: Partial<CassetteOptions>,
    path: string,
    post: string,
  ): Promise<number | undefined> => {
    const result = await cassettes.use(
      "replay",
      "match",
      (http) =>
        http.http_background("default", `https://a.example${path}`, { headers: ["X-Tenant: 2"] }, post),
      { more },
    );
    return result.status;
  };

  it("is its method, URL and body, and each part can be replaced", async () => {
    const request = {
      method: "POST",
      url: "https://a.example/x?time=1",
      headers: [{ name: "X-Tenant", value: "1" }],
      postData: { mimeType: "", text: '{"id":7,"a":1}' },
    };
    const response = { status: 200, headers: [], content: {} };
    const archive = { log: { version: "1.2", creator: {}, entries: [{ request, response }] } };
    await writeFile(cassettes.path("match"), JSON.stringify(archive));
    assert.equal(await ask({}, "/x?time=1", '{"id":7,"a":1}'), 200);
    await assert.rejects(ask({}, "/x?time=2", '{"id":7,"a":1}'), { code: "NO_FAKE" });
    await assert.rejects(ask({}, "/x?time=1", '{"id":8,"a":1}'), { code: "NO_FAKE" });
    const pathOf = (url: string): string => new URL(url).pathname;
    const match = {
      url: (came: { url: string }, recorded: { url: string }) => pathOf(came.url) === pathOf(recorded.url),
      body: (came: { body: string }, recorded: { body: string }) =>
        JSON.parse(came.body).a === JSON.parse(recorded.body).a,
    };
    assert.equal(await ask({ match }, "/x?time=2", '{"id":8,"a":1}'), 200);
    await assert.rejects(ask({ match }, "/x?time=2", '{"id":8,"a":2}'), { code: "NO_FAKE" });
    assert.equal(await ask({ match: { body: false } }, "/x?time=1", "anything"), 200);
    const headers = (came: { headers: Readonly<Record<string, string>> }) => came.headers["x-tenant"] === "1";
    await assert.rejects(ask({ match: { headers } }, "/x?time=1", '{"id":7,"a":1}'), { code: "NO_FAKE" });
  });

  it("is a mistake if a function says neither true nor false", async () => {
    for (const answer of [Promise.resolve(true), 1, undefined]) {
      const match = { url: (() => answer) as unknown as () => boolean };
      await assert.rejects(ask({ match }, "/x?b=1", "x"), { code: "BAD_ARGUMENT", option: "match.url" });
    }
  });

  it("does not depend on the boundary", async () => {
    const server = await startScriptedServer();
    const post = { file: { data: new Blob(["x".repeat(70_000)]), filename: "a.bin" }, text: { data: "y" } };
    const send = (mode: "record" | "replay") =>
      cassettes.use(mode, "boundary", (http) => http.http_background("default", server.base, {}, post));
    await send("record");
    await server.close();
    assert.equal((await send("replay")).status, 200);
  });
});

/** An archive of one entry, with something else in its response. */
function archiveWith(response: object, request: object = {}): string {
  const entry = {
    request: { method: "GET", url: "http://a.example/", headers: [], ...request },
    response: { status: 200, headers: [], content: { text: "x" }, ...response },
  };
  return JSON.stringify({ log: { version: "1.2", creator: {}, entries: [entry] } });
}

describe("the file of a cassette", () => {
  const wrong: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    ["text", "text", /is not JSON/],
    ["other JSON", "[]", /it has no log.entries/],
    ["null", "null", /it has no log.entries/],
    [
      "an entry without a request",
      '{"log":{"entries":[{"response":{"status":200,"content":{},"headers":[]}}]}}',
      /entries\[0\] is not a request and a response/,
    ],
    [
      "headers that are none",
      '{"log":{"entries":[{"request":{"method":"GET","url":"x","headers":[1]},"response":{"status":1,"content":{},"headers":[]}}]}}',
      /entries\[0\]/,
    ],
  ];
  for (const [what, text, message] of wrong) {
    it(`is refused if it is ${what}`, async () => {
      await writeFile(cassettes.path("wrong"), text);
      await assert.rejects(
        cassettes.use("replay", "wrong", async () => {}),
        { code: "BAD_CASSETTE", message },
      );
    });
  }

  const hostile: readonly (readonly [what: string, text: string])[] = [
    ["a status that is none", archiveWith({ status: 1e9 })],
    ["content that is none", archiveWith({ content: "x" })],
    ["a response that is none", archiveWith({}).replace(/"response":\{.*?\}\}/, '"response":"x"')],
    ["content that is no text", archiveWith({ content: { text: 5 } })],
    ["a body that is no text", archiveWith({}, { postData: { text: 5 } })],
    ["a query that is no list", archiveWith({}, { queryString: "x" })],
    ["cookies that are none", archiveWith({ cookies: [null] })],
  ];
  for (const [what, text] of hostile) {
    it(`is refused if it has ${what}`, async () => {
      await writeFile(cassettes.path("hostile"), text);
      await assert.rejects(
        cassettes.use("replay", "hostile", async () => {}),
        { code: "BAD_CASSETTE", message: /entries\[0\]/ },
      );
    });
  }

  it("has no answer in an entry with a status of 1xx", async () => {
    const replay = async (status: number) => {
      await writeFile(cassettes.path("early"), archiveWith({ status }));
      return cassettes.use("replay", "early", (http) => http.http_background("default", "http://a.example/"));
    };
    for (const status of [100, 101, 103, 199]) {
      const message = new RegExp(`entries\\[0\\], GET http://a.example/, has the status ${status}`);
      await assert.rejects(replay(status), { code: "BAD_CASSETTE", message });
    }
    assert.equal((await replay(200)).status, 200);
  });

  it("gives only headers that a server can send, and several where they were joined", async () => {
    const headers = [
      { name: "X-Joined", value: "a=1\nb=2" },
      { name: "a b\r\nc", value: "d" },
      { name: "X-Bad", value: "d\r\0" },
      { name: "X-Good", value: "1" },
    ];
    await writeFile(cassettes.path("headers"), archiveWith({ headers }));
    const { headers: came } = await cassettes.use("replay", "headers", (http) =>
      http.http_background("default", "http://a.example/"),
    );
    assert.deepEqual(
      [...(came ?? [])],
      [
        ["X-Joined", "a=1"],
        ["X-Joined", "b=2"],
        ["X-Good", "1"],
      ],
    );
  });

  it("belongs to the test whose name is in it", async () => {
    const server = await startScriptedServer();
    const record = (test: string, mode: "record" | "replay") =>
      cassettes.use(mode, "owned", (http) => http.http_background("default", server.base), {
        more: { test },
      });
    await record("a > test", "record");
    await server.close();
    assert.equal((await cassettes.archive("owned")).log._test, "a > test");
    assert.equal((await record("a > test", "replay")).status, 200);
    await assert.rejects(record("another", "replay"), {
      code: "BAD_CASSETTE",
      message: /of another test, "a > test"/,
    });
  });

  it("is not written if it could not be read again", () => {
    const { log } = JSON.parse(archiveWith({ content: { text: "1234567" } }, { postData: { text: "890" } }));
    checkSize("x.har", log.entries, 10);
    assert.throws(() => checkSize("x.har", log.entries, 9), {
      code: "BAD_CASSETTE",
      message: "x.har: would be larger than 9 bytes, so it is not written",
    });
    assert.equal(LARGEST, 256 * 1024 * 1024);
  });

  it("is a mistake if it cannot be written", async () => {
    const server = await startScriptedServer();
    await writeFile(join(cassettes.folder, "file"), "");
    const writing = cassettes.use("record", "file/x", (http) => http.http_background("default", server.base));
    await assert.rejects(writing, { code: "BAD_CASSETTE", message: /cannot be written/ });
    await server.close();
  });

  it("gets its name from the test, of each runner", (context) => {
    const expected = {
      file: join("/t", "cassettes", "a.test", "outer-grüße-1.har"),
      test: "outer > Grüße, 1!",
    };
    assert.deepEqual(
      cassetteOf({ fullName: "outer > Grüße, 1!", name: "x", filePath: "/t/a.test.mjs" }),
      expected,
    );
    const file = { filepath: "/t/a.test.ts" };
    assert.deepEqual(
      cassetteOf({ task: { name: "Grüße, 1!", file, suite: { name: "outer", file } } }),
      expected,
    );
    const vitest = Object.assign(() => {}, { task: { name: "outer > Grüße, 1!", file } });
    assert.deepEqual(cassetteOf(vitest), expected);
    const jest = { currentTestName: "outer Grüße, 1!", testPath: "/t/a.test.js" };
    assert.deepEqual(cassetteOf(jest), { ...expected, test: "outer Grüße, 1!" });
    assert.deepEqual(cassetteOf({ name: "???", filePath: "/t/b.js" }, { folder: "/c" }), {
      file: join("/c", "b", "test.har"),
      test: "???",
    });
    const nameOf = (name: string) =>
      basename(cassetteOf({ name, filePath: "/b.js" }, { folder: "/c" }).file, ".har");
    assert.deepEqual(nameOf("x".repeat(500)), "x".repeat(120));
    // File systems count bytes.
    assert.deepEqual(nameOf("テ".repeat(500)), "テ".repeat(66));
    assert.deepEqual(nameOf("𝒳".repeat(500)), "𝒳".repeat(50));
    assert.deepEqual(nameOf("../../etc/passwd\0"), "etc-passwd");
    assert.throws(() => cassetteOf(undefined as never), { code: "BAD_ARGUMENT", option: "test" });
    const own = cassetteOf(context as never);
    assert.match(
      own.file,
      /cassettes.foreign\.test.the-file-of-a-cassette-gets-its-name-from-the-test-of-each-runner\.har$/,
    );
    for (const wrongTest of [{}, { currentTestName: "x" }])
      assert.throws(() => cassetteOf(wrongTest), { code: "BAD_ARGUMENT", option: "test" });
  });
});
