import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { createScriptRuntime } from "../../host/script/index.ts";
import { createTestHttpBackground, type TestHttpBackground, testScript } from "../../host/testing/index.ts";
import { assembleScript, call, echo } from "../support/script-wat.ts";

const SOURCE = `
  import { args, echo, http_background } from "http-background/assembly";
  export function main(): i32 {
    const reply = http_background("default", "https://api.example.com/greet", { headers: ["X-Key: 1"] }, args()[0]);
    echo(reply.failed ? reply.code : reply.content.toString());
    return reply.status;
  }`;
const GREET = "https://api.example.com/greet";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "testing-"));
  writeFileSync(join(folder, "hook.ts"), SOURCE);
});
after(() => rmSync(folder, { recursive: true }));

/** A script of hand-written WebAssembly that makes one call and ends. */
const CALLER = (url: string) =>
  assembleScript({
    body: `(func (export "main") (drop ${call("args")}))`,
    data: { args: ["default", url] },
  });

describe("testScript", () => {
  it("runs a source against fakes, and gives its output, result, usage and requests", async () => {
    const { output, result, usage, requests } = await testScript(join(folder, "hook.ts"), {
      when: (when) => void when({ method: "POST", url: GREET, body: "Ada" }).reply(200, {}, "hello Ada"),
      args: ["Ada"],
      compile: { optimizeLevel: 0 },
    });
    assert.deepEqual([output, result, usage.requests], ["hello Ada\n", 200, 1]);
    assert.deepEqual(requests.map(String), [`POST ${GREET}`]);
    assert.equal(requests[0]?.headers.get("x-key"), "1");
    assert.equal(typeof requests[0]?.run, "number");
  });

  it("takes a URL, text, WebAssembly and its bytes", async () => {
    const when = (make: TestHttpBackground["when"]): void => {
      make(GREET).fail("COULDNT_CONNECT");
    };
    const compile = { optimizeLevel: 0 } as const;
    const failing = { when, compile, args: ["x"] };
    const { output } = await testScript({ name: "hook.ts", source: SOURCE }, failing);
    assert.equal(output, "COULDNT_CONNECT\n");
    const path = join(folder, "caller.wasm");
    writeFileSync(path, CALLER("http://a.example/"));
    for (const script of [path, pathToFileURL(path), CALLER("http://a.example/")]) {
      const { requests } = await testScript(script, {
        when: (make) => void make("http://a.example/").reply(),
      });
      assert.equal(requests.length, 1);
    }
  });

  it("ends a run with a request that no fake answers", async () => {
    await assert.rejects(testScript(CALLER("https://a.example/x")), {
      code: "NO_FAKE",
      message: /^no fake answers GET https:\/\/a.example\/x\n/,
    });
  });

  it("ends a run with what the function of a fake throws", async () => {
    const reason = new assert.AssertionError({ message: "wrong" });
    const failing = testScript(CALLER("https://a.example/x"), {
      when: (when) =>
        void when("/x").reply(() => {
          throw reason;
        }),
    });
    await assert.rejects(failing, (error) => error === reason);
  });

  it("reports fakes that the script has not used", async () => {
    const script = assembleScript({ body: `(func (export "main") ${echo("text")})`, data: { text: "x" } });
    await assert.rejects(testScript(script, { when: (when) => void when("/x").reply() }), {
      code: "UNUSED_FAKE",
    });
  });

  it("has the policy, the rules and the limits of the runtime and the run", async () => {
    const url = "https://a.example/x";
    const denied = await testScript(CALLER(url), { allow: ["https://b.example"] });
    assert.equal(denied.requests.length, 0);
    const local = await testScript(CALLER("http://127.0.0.1:1/"), {
      when: (make) => void make("http://127.0.0.1:1/").reply(),
    });
    assert.equal(local.requests.length, 1);
    const secret = await testScript(CALLER(url), {
      runtime: { allow: [{ origin: "https://a.example", headers: { "X-Key": "s3cr3t" } }] },
      when: (make) => void make({ headers: { "x-key": "[secret]" } }).reply(),
    });
    assert.equal(secret.requests[0]?.revealed().headers.get("x-key"), "s3cr3t");
    const limited = testScript(CALLER(url), {
      limits: { bytesReceived: 3 },
      when: (make) => void make(url).reply(200, {}, "1234"),
    });
    await assert.rejects(limited, { code: "RECEIVED_LIMIT" });
  });
});

describe("a runtime of scripts", () => {
  it("takes the plugin without a network, computes on its own thread, and with workers if it is told", async () => {
    const http = await createTestHttpBackground();
    http.when("http://a.example/").reply();
    for (const [workers, expected] of [
      [undefined, 0],
      [1, 1],
    ] as const) {
      const runtime = createScriptRuntime({ http, allow: ["http://a.example"], workers });
      const script = await runtime.load(CALLER("http://a.example/"));
      await script.run();
      assert.equal(runtime.stats().workers, expected);
      await runtime.destroy();
    }
    assert.equal(http.requests().length, 2);
    await http.close();
  });
});
