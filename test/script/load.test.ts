import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encode } from "@msgpack/msgpack";
import { HttpBackgroundError } from "../../host/index.ts";
import { compileScript as compileProgram } from "../../host/script/index.ts";
import { compileScript } from "../support/compile-script.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, assembleUntransformed, call, type WatScript } from "../support/script-wat.ts";

const MEMORY = '(memory (export "memory") 4)';
const ALLOC = '(func (export "http_background_alloc") (param i32) (result i32) (i32.const 1024))';
const CALL = '(import "http_background" "call" (func $call (param i32 i32) (result i32)))';
const MAIN = '(func (export "main") (drop (call $call (i32.const 0) (i32.const 0))))';

const bare = (body: string, imports = CALL): WatScript => ({ imports, prelude: "", body });

/** Modules that are refused, and the message of the refusal. */
const REFUSED: [what: string, script: WatScript, message: RegExp][] = [
  [
    "an import that there is not",
    bare(`${MEMORY} ${ALLOC}`, '(import "env" "fetch" (func $f))'),
    /imports the function "env\.fetch"/,
  ],
  [
    "the import of the plugin",
    bare(`${MEMORY} ${ALLOC}`, '(import "http_background" "perform" (func (param i32 i32) (result i32)))'),
    /imports the function "http_background\.perform"/,
  ],
  [
    "an import of another type",
    bare(`${MEMORY} ${ALLOC}`, '(import "http_background" "call" (func $call (param i64 i32) (result i32)))'),
    /imports "http_background\.call" as a function i64 i32 -> i32; it must be i32 i32 -> i32/,
  ],
  ["no memory", bare(ALLOC, ""), /must have one memory|no memory export/],
  ["a memory by another name", bare(`(memory (export "m") 4) ${ALLOC}`, ""), /no memory export "memory"/],
  ["no allocator", bare(`${MEMORY} ${MAIN}`), /no function export "http_background_alloc"/],
  [
    "an allocator of another type",
    bare(`${MEMORY} ${MAIN} (func (export "http_background_alloc") (result i32) (i32.const 0))`),
    /exports "http_background_alloc" as a function -> i32/,
  ],
  [
    "half of Asyncify",
    bare(`${MEMORY} ${ALLOC} ${MAIN} (func (export "asyncify_stop_unwind"))`),
    /no function export "asyncify_start_unwind"/,
  ],
  [
    "an allocator that traps",
    bare(`${MEMORY} ${MAIN} (func (export "http_background_alloc") (param i32) (result i32) (unreachable))`),
    /unreachable/,
  ],
  [
    "an allocator that lies",
    bare(`${MEMORY} ${MAIN} (func (export "http_background_alloc") (param i32) (result i32) (i32.const -8))`),
    /the guest gave 65536 bytes at 4294967288/,
  ],
  [
    "a start function that calls",
    bare(
      `${MEMORY} ${ALLOC} ${MAIN} (func $start (drop (call $call (i32.const 0) (i32.const 0)))) (start $start)`,
    ),
    /out of turn/,
  ],
  [
    "a start function without an end",
    bare(`${MEMORY} ${ALLOC} ${MAIN} (func $start (loop $l (br $l))) (start $start)`),
    /does not start: /,
  ],
];

describe("load", () => {
  let world: ScriptWorld;
  before(async () => {
    world = await ScriptWorld.create();
  });
  after(() => world.close());

  for (const [what, script, message] of REFUSED) {
    it(`refuses ${what}`, async () => {
      // The transform would remove unused imports.
      const isLeftAlone = /import|half/.test(what);
      const wasm = isLeftAlone ? assembleUntransformed(script) : assembleScript(script);
      await assert.rejects(world.runtime().load(wasm), (error: unknown) => {
        assert.ok(error instanceof HttpBackgroundError);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("refuses what is no module", async () => {
    const wrongs = [
      new Uint8Array(),
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
      Buffer.from("text"),
      "x",
      null,
    ];
    for (const wrong of wrongs) {
      await assert.rejects(world.runtime().load(wrong as Uint8Array), { code: "BAD_MODULE" });
    }
  });

  it("says what loads a program that is text, and that JavaScript is not compiled", async () => {
    const text = { name: "hook.js", source: "export default () => 1;" };
    for (const wrong of [text, text.source])
      await assert.rejects(world.runtime().load(wrong as never), {
        code: "BAD_MODULE",
        message: "the module is not given as bytes; compile() loads a program that is text",
      });
    await assert.rejects(compileProgram(text), {
      code: "BAD_ARGUMENT",
      option: "language",
      message: "Bad language: only AssemblyScript is compiled to WebAssembly; JavaScript is run as it is",
    });
  });

  it("transforms a module that was not made for suspension", async () => {
    const script = {
      body: `(global $kept (mut i32) (i32.const 0))
        (func (export "main") (result i32)
          (global.set $kept (i32.const 7)) (call $echo_content ${call("args")}) (global.get $kept))`,
      data: { args: ["default", `${world.server.base}/`] },
    };
    const runtime = world.runtime();
    const wasm = assembleUntransformed(script);
    assert.ok(
      !WebAssembly.Module.exports(new WebAssembly.Module(wasm)).some(({ name }) => /asyncify/.test(name)),
    );
    const loaded = await runtime.load(wasm);
    const runs = await Promise.all(Array.from({ length: 20 }, () => loaded.run()));
    for (const { output, result } of runs) assert.deepEqual([output, result], ["ok", 7]);
  });

  it("refuses AssemblyScript that was compiled without the transform, and says how it is compiled", async () => {
    const wasm = await compileScript("export function main(): void {}", { isTransformed: false });
    // Without a compiler, too: there is nothing to transform.
    for (const runtime of [world.runtime(), world.runtime({ asc: "none.js" })]) {
      await assert.rejects(runtime.load(wasm), {
        code: "BAD_MODULE",
        message: /no function export "http_background_alloc": .*--transform http-background\/transform/,
      });
    }
  });

  it("says why a module cannot wait that holds a reference meanwhile", async () => {
    const body = `(func $f) (table 1 funcref) (elem (i32.const 0) $f)
      (func (export "main") (result i32) (local $held funcref)
        (local.set $held (table.get (i32.const 0))) (drop ${call("args")}) (ref.is_null (local.get $held)))`;
    const wasm = assembleUntransformed({ body, data: { args: [] }, hasReferences: true });
    await assert.rejects(world.runtime().load(wasm), {
      code: "COMPILE_FAILED",
      message: /cannot be made suspendable: .*holds a reference \(funcref, externref\)/,
    });
  });

  it("makes a module suspendable while another one takes minutes", async () => {
    const branches =
      `(if (local.get $i) (then (call_indirect (type $t) (local.get $i) (i32.const 0))))`.repeat(40);
    const slow = `(type $t (func (param i32))) (table 1 funcref)
      ${`(func (param $i i32) ${branches})`.repeat(1500)} (func (export "main") (drop ${call("args")}))`;
    const runtime = world.runtime();
    const loadingSlow = failureOf(runtime.load(assembleUntransformed({ body: slow, data: { args: [] } })));
    const quick = assembleUntransformed({
      body: `(func (export "main") (drop ${call("args")}))`,
      data: { args: [] },
    });
    const first = await Promise.race([loadingSlow, runtime.load(quick)]);
    assert.ok("entries" in first, "the quick one");
    await runtime.destroy();
    assert.equal((await loadingSlow).code, "CLOSED");
  });

  it("does not need the caller's bytes afterwards", async () => {
    const wasm = assembleScript({ body: '(func (export "main") (result i32) (i32.const 5))' });
    const loading = world.runtime().load(wasm);
    wasm.fill(0);
    const script = await loading;
    assert.equal((await script.run()).result, 5);
  });

  it("keeps no instance ready for each of a great many scripts", async () => {
    const runtime = world.runtime();
    const scripts = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        runtime.load(
          assembleScript({
            body: `(func (export "main") (result i32) (i32.const ${i}))`,
            data: { pad: encode(i) },
          }),
        ),
      ),
    );
    const results = await Promise.all(scripts.map((script) => script.run()));
    assert.deepEqual(
      results.map(({ result }) => result),
      scripts.map((_, i) => i),
    );
  });
});
