import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { moduleUrl } from "../../host/package-root.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

type Untyped = (...args: unknown[]) => Promise<unknown>;
type Warning = Error & { code?: string };

/** Options, and the warning that they give; null for none. In this order: each kind is told once. */
const CALLS: readonly (readonly [options: unknown, warning: string | null, post?: unknown])[] = [
  [undefined, null],
  [{ timeout: 5, headers: ["A: 1"], method: "GET", tls_verify_peer: true }, null],
  [{ tls_verify_cert: undefined, headers: undefined }, null],
  [{ headers: { 0: "X-A: 1" } }, null],
  [{ timeout: 1.5, headers: ["nothing"], redirects: 0 }, null],
  [{ timeout: 0.5 }, 'The option "timeout" is ignored: 0.5 is cut off to 0, which is no limit'],
  [{ timeout: 0.7 }, null],
  [
    new Map([["connect_timeout", 0.1]]),
    'The option "connect_timeout" is ignored: 0.1 is cut off to 0, which is 300',
  ],
  [{}, null, { a: { data: "x", type: "a/b", filename: "a", encoder: "base64" }, b: { data: "y" } }],
  [
    {},
    'The option "post.a.fileName" is ignored: a part has data, type, filename and encoder',
    { a: { data: "x", fileName: "x" } },
  ],
  [{}, null, { a: { data: "x", fileName: "x" } }],
  [{}, null, new Blob(["x"])],
  [{ timout: 5 }, 'The option "timout" is ignored: there is no such option; did you mean timeout?'],
  [{ timout: 7 }, null],
  [{ Timout: undefined }, null],
  [new Map([["extended_result", true]]), 'The option "extended_result" is ignored: there is no such option,'],
  [
    { headers: { "X-A": "secret" } },
    "The option \"headers.X-A\" is ignored: it is not a line such as 'Name: value', 'Name:' or 'Name;'; the keys are not sent",
  ],
  [{ headers: { "X-B": "1" } }, null],
];

/** Headers as others take them. A process warns of `headers` once, so each is tried in one of its own. */
const FOREIGN_HEADERS: readonly (readonly [source: string, warning: RegExp])[] = [
  ['new Headers({ "X-A": "1" })', /The option "headers" is ignored: it is no array, object or Map/],
  ['[["X-A", "1"]]', /The option "headers\[0\]" is ignored: it is not a line .*, but a list/],
  ['"X-A: 1"', /The option "headers" is ignored: it is not an array/],
  ['["X-A: 1"]', /^$/],
];

const LIBRARY = moduleUrl(new URL("../../host/index.js", import.meta.url)).href;

describe("warnings of headers that are written for others", () => {
  for (const [source, expected] of FOREIGN_HEADERS) {
    it(source, async () => {
      const program = `import { createHttpBackground } from ${JSON.stringify(LIBRARY)};
        const http = await createHttpBackground({ threads: [{ id: "t" }] });
        await http.http_background("t", "http://127.0.0.1:1/", { headers: ${source} });
        await http.close();`;
      const args = ["--input-type=module", "--eval", program];
      const { stderr } = await promisify(execFile)(process.execPath, args);
      assert.match(stderr, expected);
    });
  }
});

describe("warnings of options without effect", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  const warnings: Warning[] = [];
  const listen = (warning: Warning): void => void warnings.push(warning);
  before(async () => {
    server = await startScriptedServer();
    http = await createHttpBackground({ threads: [{ id: "t" }] });
    process.on("warning", listen);
  });
  after(async () => {
    process.off("warning", listen);
    await http.close();
    await server.close();
  });

  async function warningsOf(options: unknown, post?: unknown): Promise<Warning[]> {
    warnings.length = 0;
    await (http.http_background as Untyped)("t", server.base, options, post);
    // Warnings come in the order in which they were given.
    const last = once(process, "warning");
    process.emitWarning("the last one");
    await last;
    return warnings.filter(({ name }) => name === "HttpBackgroundWarning");
  }

  for (const [options, expected, post] of CALLS) {
    const given = options instanceof Map ? [...options] : options;
    it(`${expected ?? "no warning"}: ${JSON.stringify(given)}${post === undefined ? "" : `, ${JSON.stringify(post)}`}`, async () => {
      const given = await warningsOf(options, post);
      assert.equal(given.length, expected === null ? 0 : 1);
      if (expected === null) return;
      assert.ok(given[0]?.message.startsWith(expected), given[0]?.message);
      assert.equal(given[0]?.code, "HTTP_BACKGROUND_OPTION_IGNORED");
    });
  }

  it("there are at most 20 of them", async () => {
    const names = Array.from({ length: 40 }, (_, index) => [`unknown_${index}`, 1]);
    const given = await warningsOf(Object.fromEntries(names));
    assert.equal(given.length, 20 - CALLS.filter(([, warning]) => warning !== null).length);
    assert.deepEqual(await warningsOf({ another: 1 }), []);
  });
});
