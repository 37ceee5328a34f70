import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Query } from "./exchange.ts";
import { HANDLERS } from "./handlers.ts";
import { judge, type Verdicts } from "./judge.ts";
import { SuiteServer } from "./server.ts";
import { readSuite } from "./tests.ts";

/** Stands for testharness.js: promise_test, and the callbacks. */
const HARNESS = `
const callbacks = {};
const tests = [];
function promise_test(run, name) { tests.push([run, name]); }
function add_result_callback(callback) { callbacks.result = callback; }
function add_completion_callback(callback) {
  setImmediate(async () => {
    for (const [run, name] of tests) {
      const message = await run().then(() => null, (error) => error.message);
      callbacks.result({ name, status: message === null ? 0 : 1, message });
    }
    callback(tests, { status: 0, message: null });
  });
}
const check = (fact, message) => { if (!fact) throw new Error(message); };
`;

const FOLDERS = ["api", "content-encoding", "content-length", "content-type", "h1-parsing", "security"];

async function playing(t: TestContext, files: Record<string, string>): Promise<Verdicts> {
  const folder = mkdtempSync(join(tmpdir(), "wpt-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of FOLDERS) mkdirSync(join(folder, "fetch", name), { recursive: true });
  for (const [path, text] of Object.entries({ "resources/testharness.js": HARNESS, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const verdicts: Verdicts = { passed: 0, known: new Map(), unknown: [] };
  const server = await SuiteServer.start(folder, HANDLERS);
  for (const test of readSuite(folder).tests) await judge(server, test, verdicts);
  await server.close();
  return verdicts;
}

describe("the player of the web platform tests", () => {
  it("plays each page with the files, handlers and pipes of the suite", async (t) => {
    const verdicts = await playing(t, {
      "fetch/api/basic/one.any.js": `// META: script=../own.js
        promise_test(async () => check(await own("top.txt") === "text"), "a relative file");
        promise_test(async () => check(await own("top.txt?pipe=status(404)|header(A,b)", "a") === "404 b"), "a pipe");
        promise_test(async () => check(await own("/fetch/api/resources/method.py") === ""), "a handler");
        promise_test(async () => check((await fetch("/none")).status === 404), "nothing");
        promise_test(async () => check(await own("port.sub.txt") === location.port), "a text that is filled in");
        promise_test(async () => check(new Request("x").url === location.origin + "/fetch/api/basic/x"), "a page");`,
      "fetch/api/basic/two.https.any.js": `promise_test(() => fetch("top.txt"), "HTTPS");`,
      "fetch/api/own.js": `async function own(url, name) {
        const response = await fetch(url);
        return name === undefined ? response.text() : response.status + " " + response.headers.get(name);
      }`,
      "fetch/api/basic/top.txt": "text",
      "fetch/api/basic/port.sub.txt": "{{ports[http][0]}}",
    });
    assert.deepEqual(verdicts, { passed: 7, known: new Map(), unknown: [] });
  });

  it("tells what differs from what is known, and from what Node's own fetch does not pass either", async (t) => {
    const isOurs = `fetch.name === ""`;
    const { passed, known, unknown } = await playing(t, {
      "fetch/api/one.any.js": `
        promise_test(async () => check(${isOurs}, "fetch() of Node"), "passes");
        promise_test(async () => check(!(${isOurs}), "our fetch()"), "differs");
        promise_test(async () => check(false, "fetch()"), "is too much for both");`,
      "fetch/api/basic/request-headers-case.any.js": `promise_test(async () => check(!(${isOurs})), "fetch() of a case");`,
      "fetch/api/two.any.js": `if (${isOurs}) process.exit(); promise_test(async () => fetch, "fetch() never ends");`,
    });
    assert.equal(passed, 1);
    assert.equal(known.get("Node's own fetch does not pass it"), 1);
    assert.equal([...known.values()].length, 2);
    assert.deepEqual(unknown, [
      "/fetch/api/one.any.js | differs | our fetch()",
      "/fetch/api/two.any.js |  | it ended without a result",
      "/fetch/api/two.any.js | fetch() never ends | it has no result",
    ]);
  });

  it("says which pages do not apply", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "wpt-"));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const name of FOLDERS) mkdirSync(join(folder, "fetch", name, "cors"), { recursive: true });
    writeFileSync(join(folder, "fetch/api/cors/one.any.js"), "fetch()");
    writeFileSync(join(folder, "fetch/api/two.any.js"), "new Headers()");
    writeFileSync(
      join(folder, "fetch/api/three.any.js"),
      "// META: variant=?1\n// META: variant=?2\nfetch()",
    );
    const { tests, outside } = readSuite(folder);
    assert.deepEqual(
      tests.map(({ path }) => path),
      ["/fetch/api/three.any.js?1", "/fetch/api/three.any.js?2"],
    );
    assert.deepEqual([...outside.values()], [1, 1]);
  });

  it("reads parameters as bytes", () => {
    const query = new Query("a=%E2%98+x&a=2&b");
    assert.equal(query.first("a"), "\xe2\x98 x");
    assert.deepEqual(query.list("a"), ["\xe2\x98 x", "2"]);
    assert.equal(query.has("b"), true);
    assert.equal(query.first("c", "none"), "none");
  });
});
