import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { Compiler, readScript } from "../../host/script/compile/compiler.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript } from "../support/script-wat.ts";

const TEXT = { name: "a.js", source: "export const main = () => 7;" };

/** A module like no other. */
const moduleWith = (text: string): Uint8Array =>
  assembleScript({ body: '(func (export "main"))', data: { text } });

for (const workers of [0, 1]) {
  describe(`scripts that are loaded at the same time, with ${workers} workers`, () => {
    let http: HttpBackground;
    before(async () => {
      http = await createHttpBackground({ threads: [{ id: "default" }] });
    });
    after(() => http.close());
    const open = (limits: object): ScriptRuntime => createScriptRuntime({ http, workers, limits });

    it("are no more than the limit, of whatever kind, and others come when they are loaded", async () => {
      await using runtime = open({ concurrentLoads: 2 });
      const loading = [runtime.load(moduleWith("a")), runtime.compile(TEXT)];
      for (const refused of [runtime.load(moduleWith("a")), runtime.compile(TEXT), runtime.compile("b.ts")]) {
        const { code, message } = await failureOf(refused);
        assert.deepEqual(
          [code, /more than 2 scripts .*\(limits\.concurrentLoads\)/.test(message)],
          ["QUEUE_LIMIT", true],
        );
      }
      for (const script of await Promise.all(loading)) assert.deepEqual(script.entries, ["main"]);
      const failing = [
        failureOf(runtime.load(Buffer.from("no module"))),
        failureOf(runtime.load(Buffer.from("none"))),
      ];
      for (const { code } of await Promise.all(failing)) assert.equal(code, "BAD_MODULE");
      await Promise.all([runtime.load(moduleWith("b")), runtime.load(moduleWith("c"))]);
    });

    it("have no more bytes than the limit, and one more is refused", async () => {
      const [a, b] = [moduleWith("a"), moduleWith("b")];
      const size = a.length + b.length + TEXT.source.length;
      await using enough = open({ loadingBytes: size });
      await Promise.all([enough.load(a), enough.load(b), enough.compile(TEXT)]);
      await using less = open({ loadingBytes: size - 1 });
      const loading = [less.load(a), less.load(b)];
      const { code, message } = await failureOf(less.compile(TEXT));
      assert.deepEqual([code, /\(limits\.loadingBytes\)/.test(message)], ["QUEUE_LIMIT", true]);
      await Promise.all(loading);
      await less.compile(TEXT);
    });

    it("have no room if scripts that are loaded need three quarters of the memory, and no run is lost then", async () => {
      const MIB = 1 << 20;
      const padded = (text: string): Uint8Array => moduleWith(text.padEnd(100_000, "x"));
      await using runtime = createScriptRuntime({ http, workers, memory: MIB, limits: { memoryPages: 64 } });
      const first = await runtime.load(padded("a"));
      const { code, message } = await failureOf(runtime.load(padded("b")));
      assert.deepEqual([code, /no room for it/.test(message)], ["MEMORY_LIMIT", true]);
      await first.run();
    });

    it("are refused or CLOSED when the runtime is closed meanwhile, each of them", async () => {
      const runtime = open({ concurrentLoads: 20 });
      const ends = Array.from({ length: 40 }, (_, i) =>
        runtime.load(moduleWith(`storm ${i}`)).then(
          () => "loaded",
          ({ code }) => code,
        ),
      );
      await Promise.all([runtime.close(), runtime.destroy()]);
      const codes = await Promise.all(ends);
      assert.equal(codes.filter((code) => code === "QUEUE_LIMIT").length, 20);
      assert.ok(
        codes.every((code) => ["QUEUE_LIMIT", "CLOSED", "loaded"].includes(code)),
        String(codes),
      );
    });
  });
}

it("a thread that compiles has a heap with a bound, and its end says that it was the memory", async () => {
  const compiler = new Compiler(undefined, [], { resourceLimits: { maxOldGenerationSizeMb: 16 } });
  try {
    const failure = await failureOf(
      compiler.compile(readScript({ name: "a.ts", source: "export function main(): void {}" }), {}),
    );
    assert.equal(failure.code, "COMPILE_FAILED");
    assert.match(failure.message, /^the compiler needs too much memory for it: /);
  } finally {
    await compiler.close();
  }
});
