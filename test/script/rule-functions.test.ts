import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { RuleRequest } from "../../host/index.ts";
import { compileScript, type Script, type ScriptRuntimeOptions } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const SOURCE = `import { args, echo, http_background } from "http-background/assembly";
export function main(): void {
  for (let i = 1; i < args().length; i++) {
    const reply = http_background("default", args()[0] + args()[i]);
    echo(reply.failed ? reply.code : reply.status.toString());
  }
}
`;

describe("the functions and budgets of a rule, for scripts", () => {
  let world: ScriptWorld;
  let wasm: Uint8Array;
  before(async () => {
    world = await ScriptWorld.create();
    ({ wasm } = await compileScript({ name: "rules.ts", source: SOURCE }));
  });
  after(() => world.close());

  const scriptUnder = async (rule: object, options: Partial<ScriptRuntimeOptions> = {}): Promise<Script> => {
    const runtime = world.runtime({
      allow: [{ origin: world.server.base, ...rule }],
      workers: 0,
      ...options,
    });
    return runtime.load(wasm);
  };
  const outputOf = async (script: Script, ...paths: string[]): Promise<string> =>
    (await script.run("main", { args: [world.server.base, ...paths] })).output.trim().replaceAll("\n", " ");

  it("learn which run asks, and for whom", async () => {
    const asked: RuleRequest[] = [];
    const script = await scriptUnder({ decide: (request: RuleRequest) => asked.push(request) > 0 });
    for (const tenant of ["a", "b"]) await script.run("main", { args: [world.server.base, "/x"], tenant });
    const [first, second] = asked;
    assert.deepEqual([first?.tenant, second?.tenant], ["a", "b"]);
    assert.ok(typeof first?.run === "number" && first.run !== second?.run);
  });

  it("count against the time of the run, unless the rule says otherwise", async () => {
    const slow = await scriptUnder({ decide: () => new Promise(() => {}) }, { limits: { timeout: 0.1 } });
    assert.equal((await failureOf(outputOf(slow, "/x"))).code, "TIME_LIMIT");
    const decide = () => setTimeout(1100, true);
    const free = await scriptUnder({ decide, decideCountsTime: false }, { limits: { timeout: 1 } });
    assert.equal(await outputOf(free, "/x"), "200");
  });

  it("count for each run, and for all", async () => {
    const script = await scriptUnder({ budget: { run: { requests: 2 }, all: { requests: 3 } } });
    assert.equal(await outputOf(script, "/1", "/2", "/3"), "200 200 REQUEST_BUDGET");
    assert.equal(await outputOf(script, "/4", "/5"), "200 REQUEST_BUDGET");
  });

  it("may belong to one run alone, beside those of the runtime", async () => {
    const script = await scriptUnder({ headers: { "X-Key": () => "k" }, decide: () => true });
    const args = [world.server.base, "/1", "/2"];
    const origin = world.server.base;
    const decide = ({ url }: RuleRequest) => url.endsWith("/1");
    assert.equal((await script.run("main", { args, allow: [{ origin, decide }] })).output, "200\nDENIED\n");
    const budget = { run: { requests: 1 } };
    assert.equal(
      (await script.run("main", { args, allow: [{ origin, budget }] })).output,
      "200\nREQUEST_BUDGET\n",
    );
    assert.ok(world.server.requests.at(-1)?.headers.some(([name]) => name === "X-Key"));
    await assert.rejects(script.run("main", { args, allow: [{ origin, budget: { all: {} } }] }), {
      option: "policy.allow[0].budget.all",
    });
  });
});
