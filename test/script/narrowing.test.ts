import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { after, before, describe, it } from "node:test";
import {
  compileScript,
  type GivenLimits,
  type RunOptions,
  type Script,
  type ScriptRuntime,
} from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const SOURCE = `import { args, echo, http_background } from "http-background/assembly";
export function main(): void {
  for (let i = 0; i < args().length; i++) {
    const reply = http_background("default", args()[i]);
    echo(reply.failed ? reply.code : reply.status.toString());
  }
}
export function insecure(): void {
  echo(http_background("default", args()[0], { tls_verify_peer: false }).code);
}
`;

/** A rule that has members of another object, as an instance of a class has getters. */
function inheriting(members: object): object {
  return Object.assign(Object.create(members), { origin: "https://x.example" });
}

describe("a run with rules of its own", () => {
  let world: ScriptWorld;
  let runtime: ScriptRuntime;
  let script: Script;
  let wasm: Uint8Array;
  before(async () => {
    world = await ScriptWorld.create();
    const allow = [world.server.base, { origin: `http://localhost:${world.server.port}`, methods: ["GET"] }];
    runtime = world.runtime({
      allow,
      options: ["tls_verify_peer"],
      limits: { requests: 5, timeout: 20 },
      workers: 0,
    });
    ({ wasm } = await compileScript({ name: "narrowing.ts", source: SOURCE }));
    script = await runtime.load(wasm);
  });
  after(() => world.close());

  async function outputOf(options: RunOptions, ...paths: string[]): Promise<string> {
    const { output } = await script.run("main", {
      ...options,
      args: paths.map((path) => `${world.server.base}${path}`),
    });
    return output.trim().replaceAll("\n", " ");
  }

  it("reaches what both allow", async () => {
    const { base, port } = world.server;
    assert.equal(
      await outputOf({ allow: [{ origin: base, paths: ["/v1/*"] }] }, "/v1/x", "/v2/x"),
      "200 DENIED",
    );
    assert.equal(await outputOf({ allow: [base] }, "/x"), "200");
    assert.equal(await outputOf({ allow: [] }, "/x"), "DENIED");
    assert.equal(await outputOf({ allow: [`http://localhost:${port}`] }, "/x"), "DENIED");
    assert.equal(await outputOf({ block: ["127.0.0.0/8"] }, "/x"), "DENIED");
    assert.equal(await outputOf({ block: ["private"] }, "/x"), "DENIED");
    assert.equal(await outputOf({}, "/x"), "200");
  });

  it("opens nothing that the runtime has not", async () => {
    const other = await ScriptWorld.create();
    const { output } = await script.run("main", { args: [other.server.base], allow: [other.server.base] });
    assert.deepEqual([output, other.server.requests.length], ["DENIED\n", 0]);
    await other.close();
  });

  it("does not open private addresses with a wildcard", async () => {
    assert.equal(await outputOf({ allow: [`http://*:${world.server.port}`] }, "/x"), "DENIED");
  });

  it("is denied for the sake of its own rules, and the operator learns of which", async () => {
    const rules: string[] = [];
    const listen = (message: unknown) => void rules.push((message as { rule: string }).rule);
    diagnostics.subscribe("http-background:policy:denied", listen);
    await outputOf({ allow: [] }, "/x");
    await script.run("main", { args: ["http://nowhere.example/"], allow: [] });
    diagnostics.unsubscribe("http-background:policy:denied", listen);
    assert.deepEqual(rules, ["run: default deny", "default deny"]);
  });

  it("has the options that both open", async () => {
    const insecure = (options: RunOptions) =>
      script.run("insecure", { ...options, args: [world.server.base] });
    assert.equal((await insecure({})).output, "\n");
    assert.equal((await insecure({ options: ["tls_verify_peer"] })).output, "\n");
    assert.equal((await insecure({ options: [] })).output, "DENIED\n");
    assert.equal((await insecure({ options: ["proxy"] })).output, "DENIED\n");
  });

  it("has the smaller of both limits", async () => {
    const paths = (count: number) => Array.from({ length: count }, () => "/x");
    assert.equal(await outputOf({ limits: { requests: 2 } }, ...paths(2)), "200 200");
    for (const [requests, count] of [
      [2, 3],
      [100, 6],
    ] as const) {
      const error = await failureOf(outputOf({ limits: { requests } }, ...paths(count)));
      assert.equal(error.code, "REQUEST_LIMIT");
      assert.match(error.message, new RegExp(`more than ${Math.min(requests, 5)} requests`));
    }
  });

  it("learns which limit of its own it went past, wherever it is counted", async () => {
    const call = `http_background("default", "${world.server.base}/x")`;
    const narrow: [limits: GivenLimits, code: string, body: string][] = [
      [{ computeMs: 31 }, "COMPUTE_LIMIT", "for (;;) {}"],
      [{ cpuMs: 33 }, "CPU_LIMIT", "for (;;) {}"],
      [{ outputBytes: 3 }, "OUTPUT_LIMIT", 'echo("12345")'],
      [{ outputBytes: 4 }, "OUTPUT_LIMIT", 'return "12345"'],
      [
        { keptBytes: 1234 },
        "KEPT_LIMIT",
        'await http_background("default", "http://x", {}, "x".repeat(2000))',
      ],
      [{ concurrentCalls: 2 }, "CALL_LIMIT", `await Promise.all([${call}, ${call}, ${call}])`],
      [
        { concurrentTimers: 1 },
        "TIMER_LIMIT",
        "setTimeout(() => {}, 9); await new Promise((done) => setTimeout(done, 9))",
      ],
    ];
    const entries = narrow.map(([, , body], i) => `export async function f${i}() { ${body}; }`);
    const imports = 'import { echo, http_background } from "http-background/guest";';
    for (const workers of [0, 1]) {
      const strict = world.runtime({ allow: [world.server.base], workers });
      const mine = await strict.compile({ name: "narrow.js", source: [imports, ...entries].join("\n") });
      for (const [i, [limits, code]] of narrow.entries()) {
        const error = await failureOf(mine.run(`f${i}`, { limits }));
        const [[name, most]] = Object.entries(limits) as [[string, number]];
        assert.equal(error.code, code, error.message);
        assert.match(error.message, new RegExp(`more than ${most} .*\\(limits\\.${name}\\)$`));
      }
    }
  });

  it("has the shortest time, also beside a timeout", async () => {
    const silent = await ScriptWorld.create([], { otherwise: {} });
    const waiting = await silent.runtime({ limits: { timeout: 60 }, workers: 0 }).load(wasm);
    for (const options of [{ limits: { timeout: 0.05 } }, { limits: { timeout: 0.05 }, timeout: 60 }]) {
      const error = await failureOf(waiting.run("main", { ...options, args: [silent.server.base] }));
      assert.deepEqual([error.code, /than 0\.05 seconds/.test(error.message)], ["TIME_LIMIT", true]);
    }
    await silent.close();
  });

  const wrong: [options: object, option: string, message: RegExp][] = [
    [{ allow: ["x.example"] }, "policy.allow[0]", /has no scheme/],
    [{ allow: "https://x.example" }, "policy.allow", /must be an array/],
    [{ allow: null }, "policy.allow", /must be an array/],
    [{ allow: [{ origin: "https://x.example", header: {} }] }, "policy.allow[0].header", /no such key/],
    [
      { allow: [{ origin: "https://x.example", headers: { A: "b" } }] },
      "policy.allow[0].headers",
      /no secrets/,
    ],
    [{ allow: [{ origin: "https://x.example", headers: {} }] }, "policy.allow[0].headers", /no secrets/],
    [{ allow: [inheriting({ username: "me" })] }, "policy.allow[0].username", /no secrets/],
    [{ block: ["10.0.0.256"] }, "policy.block[0]", /neither an address/],
    [{ options: ["all"] }, "policy.options[0]", /not one of these/],
    [
      { limits: { request: 1 } },
      "limits.request",
      /no such limit; (?!.*stackBytes).* did you mean requests\?/,
    ],
    [{ limits: { requests: 0 } }, "limits.requests", /above 0/],
    [{ limits: null }, "limits", /must be an object/],
    [{ limits: [] }, "limits", /must be an object/],
    [{ limits: new Map([["requests", 1]]) }, "limits", /must be an object/],
    [{ limits: { memoryPages: 1 } }, "limits.memoryPages", /of the runtime/],
    [{ limits: { stackBytes: 1 } }, "limits.stackBytes", /of the runtime/],
    [{ limits: { concurrentRuns: 1 } }, "limits.concurrentRuns", /of the runtime/],
    [{ limits: { queuedRuns: 1 } }, "limits.queuedRuns", /of the runtime/],
  ];
  for (const [options, option, message] of wrong) {
    it(`is refused: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(script.run("main", options), { code: "BAD_CONFIG", option, message });
    });
  }
});
