import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Limits, Script } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, assembleUntransformed, call, type WatScript } from "../support/script-wat.ts";
import { stubScript } from "../support/stub-script.ts";
import { join, section, sized, vector } from "../support/wasm-bytes.ts";

let world: ScriptWorld;
before(async () => {
  world = await ScriptWorld.create();
});
after(() => world.close());

const load = (script: WatScript, limits: Partial<Limits> = {}): Promise<Script> =>
  world.runtime({ limits }).load(assembleScript(script));

const SEEDS = "(loop $l (drop (call $seed)) (br $l))";

describe("a script that nobody trusts", () => {
  it("pays for random numbers", async () => {
    const script = await load({ body: `(func (export "main") ${SEEDS})` }, { computeMs: 20, timeout: 20 });
    assert.equal((await failureOf(script.run())).code, "COMPUTE_LIMIT");
  });

  it("pays for its arguments by their size", async () => {
    const body = `(func (export "main")
      (loop $l (drop (call $arguments)) (global.set $heap (i32.const 131072)) (br $l)))`;
    const script = await load({ body }, { computeMs: 20, timeout: 20 });
    const args = ["x".repeat(100_000)];
    assert.equal((await failureOf(script.run("main", { args }))).code, "COMPUTE_LIMIT");
  });

  it("is not loaded if its start function asks for random numbers without end, or traps", async () => {
    for (const start of [SEEDS, "(unreachable)"]) {
      const body = `(func $begin ${start}) (start $begin) (func (export "main"))`;
      await assert.rejects(load({ body }), { code: "BAD_MODULE", message: /^the module does not start: / });
    }
  });

  it("is not loaded if its start function computes without end, and that is soon found out", async () => {
    const body = '(func $begin (loop $l (br $l))) (start $begin) (func (export "main"))';
    await assert.rejects(load({ body }), {
      code: "BAD_MODULE",
      message: "the module does not start: it computes for more than 20 ms",
    });
  });

  it("has its start function run, for each instance anew", async () => {
    const body = `(global $starts (mut i32) (i32.const 0))
      (func $begin (global.set $starts (i32.add (global.get $starts) (i32.const 1)))) (start $begin)
      (func (export "main") (result i32) (global.get $starts)) (func (export "trap") (unreachable))`;
    const script = await load({ body });
    assert.equal((await script.run()).result, 1);
    assert.equal((await failureOf(script.run("trap"))).code, "SCRIPT_TRAPPED");
    assert.equal((await script.run()).result, 1);
  });

  it("has up to 1,024 entries", async () => {
    const entries = (count: number): string =>
      Array.from({ length: count }, (_, i) => `(export "e${i}" (func $e))`).join(" ");
    // A function with a parameter is not an entry.
    const body = (count: number): string =>
      `(func $e) ${entries(count)} (func (export "more") (param i32)) (func (export "two") (param i32))`;
    const script = await world.runtime().load(stubScript({ body: body(1024) }));
    assert.deepEqual([script.entries.length, script.entries.at(-1)], [1024, "e1023"]);
    await script.run("e1023");
    await assert.rejects(world.runtime().load(stubScript({ body: body(1025) })), {
      code: "BAD_MODULE",
      message: "the module has more than 1024 entries: exported functions without parameters",
    });
  });

  it("has no names of its own in stack traces", async () => {
    const name = "\x1b[2J\nboo";
    const wasm = stubScript({ body: '(func (export "main") (unreachable))' });
    const main = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).length - 2;
    const names = section(0, "name", 1, sized(vector(join(main, name))));
    const script = await world.runtime().load(Buffer.concat([wasm, names]));
    const { stack } = (await failureOf(script.run())).cause as Error;
    assert.match(String(stack), /wasm-function\[\d+\]/);
    assert.doesNotMatch(String(stack), /boo/);
  });

  it("leaves the event loop its turns, whether or not its calls wait for anything", async () => {
    const body = `(func (export "main") (loop $next (drop ${call("refused")}) (br $next)))`;
    const script = await load({ body, data: { refused: ["nope", "http://a.example"] } }, { requests: 1000 });
    let turns = 0;
    const count = (): void => {
      turns++;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const { code } = await failureOf(script.run());
    clearImmediate(immediate);
    assert.equal(code, "REQUEST_LIMIT");
    assert.ok(turns >= 999, `${turns} turns`);
  });

  it("commands no terminal by the names that it chose, and is not quoted at length", async () => {
    const name = `\\1b[2J${"x".repeat(10_000)}`;
    const imports = `(import "env" "${name}" (func $f))`;
    const refused = assembleUntransformed({ imports, prelude: "", body: '(func (export "main") (call $f))' });
    const script = await load({ body: `(func (export "${name}"))` });
    const errors = await Promise.all([
      failureOf(world.runtime().load(refused)),
      failureOf(script.run("main")),
      failureOf(script.run(Symbol("main") as unknown as string)),
    ]);
    for (const { message } of errors) assert.match(message, /^\P{Cc}{20,600}$/u);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["BAD_MODULE", "NO_ENTRY", "BAD_ARGUMENT"],
    );
  });

  for (const sourceMap of ["{", "null", '{"version":3,"sources":[5],"mappings":"AAAA"}']) {
    it(`has no lines if its source map is ${sourceMap}`, async () => {
      const wasm = assembleScript({ body: '(func (export "main") (unreachable))' });
      const script = await world.runtime().load(wasm, { sourceMap });
      for (let i = 0; i < 2; i++) {
        const { code, place } = await failureOf(script.run());
        assert.deepEqual([code, place], ["SCRIPT_TRAPPED", undefined]);
      }
    });
  }
});

describe("an application that runs scripts", () => {
  const HOLES: string[] = [];
  HOLES[1] = "x";

  for (const [what, options] of [
    ["null", null],
    ["text", "x"],
    ["arguments with holes", { args: HOLES }],
    ["arguments that are no list", { args: "x" }],
    ["a signal that is none", { signal: {} }],
    ["a File that is none", { files: { a: 5 } }],
  ] as const) {
    it(`is told of a mistake: ${what}`, async () => {
      const script = await load({ body: '(func (export "main"))' });
      await assert.rejects(script.run("main", options as never), { code: "BAD_ARGUMENT" });
    });
  }

  it("may change its list of arguments while a run goes on", async () => {
    const body = `(func (export "main") (drop ${call("args")}) (call $echo_record (call $arguments)))`;
    const script = await load({ body, data: { args: ["default", world.server.base] } });
    const args = ["a"];
    const running = script.run("main", { args });
    args.fill(5 as never);
    assert.equal((await running).outputBytes.toString("latin1"), "\x91\xa1a");
  });
});
