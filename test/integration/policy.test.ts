import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, type PolicyRules } from "../../host/index.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const DENIED = { error: "Request denied by policy", code: "DENIED" };
const THREADS = { threads: [{ id: "default" }] };

describe("createHttpBackground with a policy", () => {
  let server: ScriptedServer;

  before(async () => {
    server = await startScriptedServer();
  });
  after(() => server.close());

  async function withPolicy<T>(policy: PolicyRules, use: (http: HttpBackground) => Promise<T>): Promise<T> {
    const http = await createHttpBackground(THREADS, { policy });
    try {
      return await use(http);
    } finally {
      await http.close();
    }
  }

  it("sends what is allowed", async () => {
    const policy = { allow: [`http://127.0.0.1:${server.port}`] };
    const result = await withPolicy(policy, (http) => http.http_background("default", server.base));
    assert.equal(result.status, 200);
  });

  const denied: [why: string, rules: PolicyRules][] = [
    ["what no entry allows", { allow: ["https://*:*"] }],
    ["everything under an empty list", { allow: [] }],
    ["what is blocked although allowed", { allow: ["http://127.0.0.1:*"], block: ["private"] }],
    ["what is blocked by a range", { block: ["127.0.0.0/8"] }],
  ];
  for (const [why, policy] of denied) {
    it(`denies ${why}, without a connection`, async () => {
      const before = server.connections.accepted;
      for (const url of [server.base, `http://u:p@0x7f.1:${server.port}/x`]) {
        const result = await withPolicy(policy, (http) => http.http_background("default", url));
        assert.deepEqual(result, DENIED);
      }
      assert.equal(server.connections.accepted, before);
    });
  }

  it("is refused before anything starts where an entry is wrong", async () => {
    await assert.rejects(createHttpBackground(THREADS, { policy: { allow: ["api.example.com"] } }), {
      name: "HttpBackgroundError",
      code: "BAD_CONFIG",
      option: "policy.allow[0]",
      message: 'policy.allow[0]: "api.example.com" has no scheme: write "https://api.example.com"',
    });
  });

  it("is refused under any other name, and so are options that are none", async () => {
    const rows: [options: unknown, option: string, message: string][] = [
      [
        { polcy: { allow: [] } },
        "polcy",
        "polcy: no such option; the options are policy, ca, env, wasm, fleet; did you mean policy?",
      ],
      [{ env: 5 }, "env", "env: must be an object such as process.env"],
      [{ wasm: "plugin.wasm" }, "wasm", "wasm: must be the bytes of a module"],
      [{ allow: [] }, "allow", "allow: no such option; the options are policy, ca, env, wasm, fleet"],
      [{ ca: 5 }, "ca", "ca must be certificates in PEM"],
      [{ ca: [{}] }, "ca", "ca must be certificates in PEM"],
      [[], "options", "options: must be an object with policy, ca, env, wasm, fleet"],
      [null, "options", "options: must be an object with policy, ca, env, wasm, fleet"],
      [new Map(), "options", "options: must be an object with policy, ca, env, wasm, fleet"],
    ];
    for (const [options, option, message] of rows) {
      const wrong = { code: "BAD_CONFIG", option, message };
      await assert.rejects(createHttpBackground(THREADS, options as never), wrong);
    }
  });
});
