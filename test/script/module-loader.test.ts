import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, afterEach, before, describe, it } from "node:test";
import { readLimits } from "../../host/script/blame/limits.ts";
import { Compiler } from "../../host/script/compile/compiler.ts";
import type { PoolOptions } from "../../host/script/jobs/job-pool.ts";
import { type LoadedModule, ModuleLoader } from "../../host/script/load/module-loader.ts";
import { LoadRoom } from "../../host/script/load-room.ts";
import { MemoryBudget } from "../../host/script/run/memory-budget.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, assembleUntransformed, call } from "../support/script-wat.ts";
import { StartedWorkers } from "../support/started-workers.ts";
import { join, section } from "../support/wasm-bytes.ts";

const UNRULY = new URL("../support/unruly-loader.js", import.meta.url);

const workers = new StartedWorkers();
const compiler = new Compiler();
let open: ModuleLoader[] = [];
before(() => workers.watch());
after(async () => {
  workers.close();
  await compiler.close();
});
afterEach(async () => {
  await Promise.all(open.map((loader) => loader.close()));
  open = [];
});

function loaderOf(isElsewhere = true, threads: Partial<PoolOptions> = {}, mostKept?: number): ModuleLoader {
  const loader = new ModuleLoader(readLimits({ stackBytes: 4096 }), compiler, {
    isElsewhere,
    room: new LoadRoom(new MemoryBudget(undefined)),
    threads,
    ...(mostKept !== undefined && { mostKept }),
  });
  open.push(loader);
  return loader;
}

/** A module like no other. */
const moduleWith = (text: string): Uint8Array =>
  assembleScript({ body: '(func (export "main"))', data: { text } });

/** It takes several turns to hash it. */
const LARGE = join(moduleWith("large"), section(0, "padding", Buffer.alloc(3 << 20)));

async function load(loader: ModuleLoader, bytes: Uint8Array): Promise<LoadedModule> {
  const loaded = await loader.load(bytes);
  assert.ok("module" in loaded);
  return loaded;
}

for (const isElsewhere of [true, false]) {
  describe(`a loader of modules, ${isElsewhere ? "with threads" : "on the thread of its caller"}`, () => {
    it("compiles the same bytes once, for all who ask at the same time and later", async () => {
      const loader = loaderOf(isElsewhere);
      const [first, again, other] = await Promise.all([
        load(loader, moduleWith("a")),
        load(loader, moduleWith("a")),
        load(loader, moduleWith("b")),
      ]);
      assert.equal(again, first);
      assert.notEqual(other, first);
      assert.equal(await load(loader, moduleWith("a")), first);
      assert.deepEqual(first.entries, ["main"]);
    });

    it("makes the same module suspendable once", async () => {
      const wasm = assembleUntransformed({
        body: `(func (export "main") (drop ${call("x")}))`,
        data: { x: [] },
      });
      const loader = loaderOf(isElsewhere);
      const [first, again] = await Promise.all([load(loader, wasm), load(loader, wasm)]);
      assert.equal(again, first);
      assert.equal(await load(loader, wasm), first);
    });

    it("keeps so many bytes of modules, and not one more", async () => {
      const size = (await load(loaderOf(isElsewhere), moduleWith("a"))).size;
      const loader = loaderOf(isElsewhere, {}, 2 * size);
      const [a, b] = [await load(loader, moduleWith("a")), await load(loader, moduleWith("b"))];
      assert.equal(await load(loader, moduleWith("a")), a);
      assert.equal(await load(loader, moduleWith("b")), b);
      const tooLong = await load(loader, moduleWith("c!"));
      assert.equal(tooLong.size, size + 1);
      assert.notEqual(await load(loader, moduleWith("a")), a, "it had to make room");
    });

    it("gives each caller an error of its own, and tries again the next time", async () => {
      const loader = loaderOf(isElsewhere);
      const refused = Buffer.from("no module");
      const errors = await Promise.all([refused, refused].map((bytes) => failureOf(loader.load(bytes))));
      errors.push(await failureOf(loader.load(refused)));
      for (const { code } of errors) assert.equal(code, "BAD_MODULE");
      assert.equal(new Set(errors).size, 3);
      const trapping = assembleScript({ body: '(func $s unreachable) (start $s) (func (export "main"))' });
      const unstarted = await Promise.all([loader.load(trapping), loader.load(trapping)]);
      assert.match(
        unstarted.map((result) => "error" in result && result.error.message).join(),
        /^(unreachable,?){2}$/,
      );
    });

    it("has what was given, whatever its owner does with the bytes meanwhile", async () => {
      const loader = loaderOf(isElsewhere);
      const bytes = Uint8Array.from(LARGE);
      const loading = load(loader, bytes);
      bytes.fill(0);
      assert.equal(await load(loader, LARGE), await loading);
    });

    it("goes on in the asynchronous context of whoever asks", async () => {
      const storage = new AsyncLocalStorage<string>();
      const loader = loaderOf(isElsewhere);
      const see = async (name: string) => {
        await loader.load(moduleWith("a"));
        return storage.getStore() === name;
      };
      const seen = ["A", "B", "C"].map((name) => storage.run(name, () => see(name)));
      assert.deepEqual(await Promise.all(seen), [true, true, true]);
    });
  });
}

/** Fails if this thread reads a module while `act` goes on. */
async function withoutWebAssembly(act: () => Promise<unknown>): Promise<void> {
  const { validate, compile, Instance, Module } = WebAssembly;
  const fail = (): never => {
    throw new Error("on the application's thread");
  };
  Object.assign(WebAssembly, { validate: fail, compile: fail, Instance: fail, Module: fail });
  try {
    await act();
  } finally {
    Object.assign(WebAssembly, { validate, compile, Instance, Module });
  }
}

describe("threads that load modules", () => {
  it("do everything with a module", async () => {
    const loader = loaderOf();
    await withoutWebAssembly(() => load(loader, moduleWith("a")));
    await assert.rejects(
      withoutWebAssembly(() => loaderOf(false).load(moduleWith("a"))),
      /application's thread/,
    );
  });

  const ENDINGS: readonly (readonly [deed: string, message: RegExp])[] = [
    ["spin", /^the module takes too long to load: it took more than 2 seconds$/],
    ["leave", /^the module was not loaded, because the thread that loaded it has ended: .*code 7$/],
    ["hoard", /^the module needs too much memory to load: /],
  ];
  for (const [deed, message] of ENDINGS) {
    it(`are ended by one module (${deed}), and others are loaded`, async () => {
      const loader = loaderOf(true, {
        code: UNRULY,
        longestMs: deed === "spin" ? 2000 : 600_000,
        resourceLimits: { maxOldGenerationSizeMb: 40 },
      });
      const failing = failureOf(loader.load(moduleWith(`test:${deed}`)));
      const others = ["a", "b", "c"].map((text) => load(loader, moduleWith(text)));
      assert.equal((await Promise.all(others)).length, 3);
      const { code, message: told } = await failing;
      assert.equal(code, "BAD_MODULE");
      assert.match(told, message);
      await load(loader, moduleWith("d"));
    });
  }

  it("load small modules among many that never end", async () => {
    const loader = loaderOf(true, { code: UNRULY, patienceMs: 100, longestMs: 600_000 });
    const endless = ["1", "2", "3", "4"].map((n) => failureOf(loader.load(moduleWith(`test:spin${n}`))));
    for (const text of ["a", "b"]) await load(loader, moduleWith(text));
    await loader.close();
    for (const { code } of await Promise.all(endless)) assert.equal(code, "CLOSED");
  });

  it("have ended when the loader is closed, and what they load is CLOSED", async () => {
    const before = workers.started.length;
    const loader = loaderOf(true, { code: UNRULY });
    const loading = ["test:spin", "test:spin!", "c", "c"].map((text) =>
      failureOf(loader.load(moduleWith(text))),
    );
    const large = failureOf(loader.load(LARGE));
    await new Promise(setImmediate);
    await Promise.all([loader.close(), loader.close()]);
    for (const { code } of await Promise.all([...loading, large])) assert.equal(code, "CLOSED");
    assert.equal((await failureOf(loader.load(moduleWith("e")))).code, "CLOSED");
    assert.ok(workers.started.slice(before).every(({ threadId }) => threadId === -1));
  });
});
