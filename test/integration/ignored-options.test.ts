import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { readText } from "../support/root.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

type Untyped = (...args: unknown[]) => Promise<{ status?: number; code?: string }>;

/** The messages for these options, as `name: part of the reason`. */
const OPTIONS: readonly (readonly [options: unknown, ...told: string[]])[] = [
  [undefined],
  [{}],
  [{ timeout: 5, connect_timeout: 0, max_file_size: 10, redirects: -1, headers: ["A: 1", "Accept:", "B;"] }],
  [{ timout: 5 }, "timout: no such option; did you mean timeout?"],
  [{ nonsense: 5 }, "nonsense: no such option"],
  ...["signal", "timeoutMs", "stream", "into", "decompress", "onProgress"].map(
    (name) => [{ [name]: 5 }, `${name}: belongs into the last argument`] as const,
  ),
  [
    new Map<string, unknown>([
      ["Timeout", 5],
      ["timeout", 5],
    ]),
    "Timeout: no such option",
  ],
  ...["extended_result", "response_headers", "background", "background_hash", "tls_default_ca"].map(
    (name) => [{ [name]: true }, `${name}: other than in HSL's http(): `] as const,
  ),
  ...["ssl_verify_peer", "ssl_x", "sourceipid"].map(
    (name) => [{ [name]: "x" }, `${name}: other than in HSL's http(): `] as const,
  ),
  [{ unknown: undefined }],
  [{ headers: "A: 1" }, "headers: not an array"],
  [{ headers: 5 }, "headers: not an array"],
  [{ headers: { "X-A": "1" } }, "headers.X-A: 'Name;'; the keys are not sent"],
  [{ headers: { 0: "X-A: 1" } }],
  [{ headers: new Headers([["X-A", "1"]]) }, "headers: no array, object or Map"],
  [
    { headers: ["A: 1", 5, ": x", "nothing", "a;b;"] },
    "headers[1]: not a string",
    "headers[2]",
    "headers[3]",
    "headers[4]",
  ],
  [{ timeout: 0.5 }, "timeout: 0.5 is cut off to 0, which is no limit"],
  [{ timeout: 1.5 }, "timeout: 1.5 is cut off to 1"],
  [{ timeout: -1 }, "timeout: -1 counts as no limit"],
  [{ timeout: 2_147_483 }],
  [{ timeout: 2_147_484 }, "timeout: 2147484 is more than 2147483"],
  [{ connect_timeout: 0.1 }, "connect_timeout: 0.1 is cut off to 0, which is 300"],
  [{ max_file_size: -5 }, "max_file_size: -5 counts as no limit"],
  [{ redirects: -2 }, "redirects: -2 counts as 30"],
  [{ redirects: -1e300 }, "redirects: -1e+300 counts as 30"],
  [{ redirects: 2.7 }, "redirects: 2.7 is cut off to 2"],
  [{ encoder: "Base64" }, "encoder: not base64"],
  [{ encoder: "base64" }, "encoder: the post is not a File"],
];

const POSTS: readonly (readonly [options: object, post: unknown, ...told: string[]])[] = [
  [{ encoder: "base64" }, new Blob(["x"])],
  [{}, { f: { data: "x", type: "text/plain", filename: "f", encoder: "BASE64" } }],
  [{}, { f: { data: "x", contentType: "text/plain" } }, "post.f.contentType: a part has"],
  [
    {},
    [
      { data: "x", encoder: "gzip" },
      { data: "y", type: 5 },
    ],
    "post.0.encoder: no such",
    "post.1.type: not a string",
  ],
];

describe("what a call says in vain", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  let told: { thread: string; option: string; reason: string }[] = [];
  const listen = (message: unknown): void => void told.push(message as (typeof told)[number]);

  before(async () => {
    server = await startScriptedServer();
    http = await createHttpBackground({ threads: [{ id: "t" }] });
    diagnostics.subscribe("http-background:option:ignored", listen);
  });
  after(async () => {
    diagnostics.unsubscribe("http-background:option:ignored", listen);
    await http.close();
    await server.close();
  });

  async function assertTold(options: unknown, post: unknown, expected: readonly string[]): Promise<void> {
    told = [];
    await (http.http_background as Untyped)("t", server.base, options, post);
    assert.equal(told.length, expected.length, JSON.stringify(told));
    for (const [index, text] of expected.entries()) {
      const { thread, option, reason } = told[index] ?? assert.fail();
      const [name, part = ""] = text.split(": ");
      assert.equal(thread, "t");
      assert.equal(option, name);
      assert.ok(reason.includes(part.replace(/^no such/, "no such")), `${reason} has no "${part}"`);
    }
  }

  for (const [options, ...expected] of OPTIONS) {
    it(`is told of: ${expected.join(", ") || "nothing"} (${JSON.stringify(options)})`, () =>
      assertTold(options, undefined, expected));
  }

  for (const [options, post, ...expected] of POSTS) {
    it(`is told of: ${expected.join(", ") || "nothing"} (${JSON.stringify(post)})`, () =>
      assertTold(options, post, expected));
  }

  it("knows every option that the guest knows", async () => {
    const table = readText("assembly/options/table.ts");
    const names = [...table.matchAll(/new Row\("(\w+)"/g)].map(([, name = ""]) => name);
    assert.ok(names.length > 10);
    const options = Object.fromEntries([...names, "headers", "tls_verify_cert"].map((name) => [name, "x"]));
    told = [];
    await assert.rejects((http.http_background as Untyped)("t", server.base, options));
    assert.deepEqual(
      told.filter(({ reason }) => reason.includes("no such option")),
      [],
    );
  });

  it("is told 100 times for one call, however much there is", async () => {
    for (const size of [99, 100, 101, 100_000]) {
      told = [];
      const names = Array.from({ length: size }, (_, index) => [`unknown${index}`, 1]);
      await (http.http_background as Untyped)("t", server.base, Object.fromEntries(names));
      assert.equal(told.length, Math.min(size, 100));
    }
  });

  it("runs no getter, and nothing if nobody listens", async () => {
    let reads = 0;
    const options = {
      get timout() {
        return ++reads;
      },
    };
    await (http.http_background as Untyped)("t", server.base, options);
    assert.equal(reads, 0);
    diagnostics.unsubscribe("http-background:option:ignored", listen);
    told = [];
    await (http.http_background as Untyped)("t", server.base, { timout: 5 });
    assert.deepEqual(told, []);
    diagnostics.subscribe("http-background:option:ignored", listen);
  });

  it("may close the plugin, and make calls, in the moment that it is told", async () => {
    const other = await createHttpBackground({ threads: [{ id: "t" }] });
    let inner: Promise<unknown> | undefined;
    const act = (): void => {
      inner ??= (http.http_background as Untyped)("t", `${server.base}/inner`, { headers: ["X-Inner: 1"] });
      void other.close();
    };
    diagnostics.subscribe("http-background:option:ignored", act);
    await assert.rejects((other.http_background as Untyped)("t", server.base, { timout: 5 }), {
      code: "CLOSED",
    });
    diagnostics.unsubscribe("http-background:option:ignored", act);
    await inner;
    await other.close();
  });
});
