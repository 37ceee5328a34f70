import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { moduleUrl } from "../../host/package-root.ts";
import { compileScript, type Script, ScriptError, type ScriptRuntime } from "../../host/script/index.ts";
import { compileScript as compileSource } from "../support/compile-script.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const HOOK = `import { args, echo, http_background } from "http-background/assembly";
import { double } from "./helper";

export function main(): i32 {
  const reply = http_background("default", args()[0], { headers: ["X-Token: 1"] }, "a=b");
  echo(reply.failed ? \`failed: \${reply.error}\` : \`\${reply.status}: \${reply.content}\`);
  return double(reply.status);
}

export function mistake(): void {
  http_background("nope", args()[0]);
}

export function outside(): i32 {
  const numbers = new Array<i32>(3);
  return numbers[args().length + 7];
}

export function divides(): i32 {
  return 7 / (args().length - 1);
}

export function fails(): void {
  if (args().length > 0) throw new Error("not like this");
}
`;

/** Keeps objects during a suspension while others make garbage, and the collector runs all the time. */
const GARBAGE = `import { args, echo, http_background } from "http-background/assembly";

class Kept {
  texts: string[] = [];
  next: Kept | null = null;
}

let global: Kept | null = null;

function fill(name: string, depth: i32): Kept {
  const kept = new Kept();
  for (let i = 0; i < 5; i++) kept.texts.push(name + ":" + depth.toString() + ":" + i.toString());
  if (depth > 0) kept.next = fill(name, depth - 1);
  return kept;
}

function sum(kept: Kept | null): string {
  if (kept === null) return "";
  return kept.texts.join(",") + ";" + sum(kept.next);
}

function collect(): void {
  COLLECT
}

export function main(): void {
  const name = args()[0];
  const local = fill(name, 3);
  global = fill("global " + name, 2);
  const before = sum(local) + sum(global);
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 20; k++) fill("garbage", 2);
    collect();
    const reply = http_background("default", args()[1] + "/" + name);
    collect();
    if (reply.text != "ok" || sum(local) + sum(global) != before) throw new Error("corrupt: " + name);
  }
  echo(before);
}
`;

let world: ScriptWorld;
let runtime: ScriptRuntime;
let folder: string;
let hook: Script;

before(async () => {
  world = await ScriptWorld.create();
  runtime = world.runtime();
  folder = await mkdtemp(join(tmpdir(), "http-background-"));
  await writeFile(join(folder, "hook.ts"), HOOK);
  await writeFile(join(folder, "helper.ts"), "export function double(n: i32): i32 { return n * 2; }\n");
  hook = await runtime.compile(join(folder, "hook.ts"));
});
after(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

describe("compile", () => {
  it("makes a script of a file, with this package's library wherever it is", async () => {
    const { output, result } = await hook.run("main", { args: [world.server.base] });
    assert.deepEqual([output, result], ["200: ok\n", 400]);
    assert.equal(world.server.requests.at(-1)?.body.toString(), "a=b");
  });

  it("refuses a source in the compiler's own words, with the place", async () => {
    await writeFile(join(folder, "wrong.ts"), 'export function main(): void {\n  const x: i32 = "a";\n}\n');
    const error = await failureOf(runtime.compile(join(folder, "wrong.ts")));
    assert.ok(error instanceof ScriptError);
    assert.equal(error.code, "COMPILE_FAILED");
    assert.match(error.message, /TS2322: Type '.*String' is not assignable to type 'i32'/);
    assert.deepEqual(error.place, { file: "wrong.ts", line: 2, column: 18 });
  });

  it("refuses a file that is not there, by its name", async () => {
    const error = await failureOf(runtime.compile(join(folder, "missing.ts")));
    assert.deepEqual([error.code, /missing\.ts/.test(error.message)], ["COMPILE_FAILED", true]);
  });

  it("says what to do when there is no compiler", async () => {
    const without = world.runtime({ asc: join(folder, "asc.js") });
    const error = await failureOf(without.compile(join(folder, "hook.ts")));
    assert.deepEqual([error.code, /asc\.js/.test(error.message)], ["COMPILE_FAILED", true]);
  });

  it("takes a program that was transformed by two copies of the transform for one", async () => {
    const transform = fileURLToPath(moduleUrl(new URL("../../transform/index.js", import.meta.url)));
    const wasm = await compileSource(HOOK.replace(/import \{ double.*\n/, "").replace("double", "i32"), {
      flags: ["--transform", transform],
    });
    const script = await runtime.load(wasm);
    assert.equal((await script.run("main", { args: [world.server.base] })).result, 200);
    const error = await failureOf(script.run("mistake", { args: [world.server.base] }));
    assert.match(error.message, / at hook\.ts:\d+:\d+$/);
  });

  it("has the last words of a compiler that crashes, at once", async () => {
    const crashing = join(folder, "crashing.mjs");
    await writeFile(
      crashing,
      "export default { async main() { console.error('Whoops'); process.exit(1); } };",
    );
    const without = world.runtime({ asc: crashing });
    const error = await failureOf(without.compile(join(folder, "hook.ts")));
    assert.deepEqual([error.code, error.message], ["COMPILE_FAILED", "the compiler crashed: Whoops"]);
  });

  it("is refused if the compiler needs too much memory for it, and the next one has a compiler", async () => {
    const compiler = join(folder, "large.mjs");
    const asc = fileURLToPath(import.meta.resolve("assemblyscript/asc"));
    await writeFile(
      compiler,
      `import asc from ${JSON.stringify(asc)};
      const memory = new WebAssembly.Memory({ initial: 1 });
      let isSpoilt = false;
      export default { ...asc, async main(argv, host) {
        if (isSpoilt) throw new WebAssembly.RuntimeError("spoilt");
        const source = host.readFile("large.ts", "/");
        if (source === null) return asc.main(argv, host);
        try { memory.grow(Number(source)); } catch {
          isSpoilt = true;
          throw new WebAssembly.RuntimeError("Aborted()");
        }
        throw new Error("there is room");
      } };`,
    );
    const runtime = world.runtime({ asc: compiler });
    const compile = (name: string, source: string) => runtime.compile({ name, source });
    // One page is there.
    const within = await failureOf(compile("large.ts", String(16_383)));
    assert.equal(within.message, "there is room");
    for (const pages of [16_384, 60_000]) {
      const { code, message } = await failureOf(compile("large.ts", String(pages)));
      assert.deepEqual(
        [code, message],
        ["COMPILE_FAILED", "the compiler crashed: it needs more than 1 GiB of memory"],
      );
    }
    const script = await compile("hook.ts", "export function main(): i32 { return 7; }");
    assert.equal((await script.run()).result, 7);
  });

  it("does not hold up the process", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    await compileScript(join(folder, "hook.ts"), { optimizeLevel: 0 });
    clearInterval(timer);
    assert.ok(turns > 5, `${turns}`);
  });

  it("is ended when the runtime is closed", async () => {
    const closing = world.runtime();
    const compiling = failureOf(closing.compile(join(folder, "hook.ts")));
    await closing.close();
    assert.equal((await compiling).code, "CLOSED");
  });
});

describe("an error of a compiled script", () => {
  const placeOf = (text: string): { line: number; column: number } => {
    const at = HOOK.indexOf(text);
    const lines = HOOK.slice(0, at).split("\n");
    return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
  };
  const failing = (entry: string) => failureOf(hook.run(entry, { args: [world.server.base] }));

  it("names the line of a mistake in a call, in the original's words, and its code", async () => {
    const error = await failing("mistake");
    const { line } = placeOf('http_background("nope"');
    assert.equal(error.code, "SCRIPT_ABORTED");
    assert.match(error.message, new RegExp(`^Missing ID in configuration at hook\\.ts:${line}:\\d+$`));
    assert.equal((error.cause as { code: string }).code, "UNKNOWN_THREAD");
  });

  it("names the line that led to an error in the compiler's library", async () => {
    const error = await failing("outside");
    assert.deepEqual(
      [error.code, error.place?.file, error.place?.line],
      ["SCRIPT_ABORTED", "hook.ts", placeOf("return numbers[").line],
    );
    assert.match(error.message, /^Index out of range at hook\.ts:/);
  });

  it("names the line of a trap", async () => {
    const error = await failing("divides");
    assert.deepEqual([error.code, error.place?.line], ["SCRIPT_TRAPPED", placeOf("return 7 /").line]);
  });

  it("names the line of a throw", async () => {
    const error = await failing("fails");
    assert.equal(
      error.message,
      `not like this at hook.ts:${placeOf("throw new").line}:${placeOf("throw new").column}`,
    );
  });
});

describe("scripts of every runtime", () => {
  for (const name of ["incremental", "minimal", "stub"] as const) {
    it(`keep what they hold while they wait, and collect: ${name}`, async () => {
      const path = join(folder, `${name}.ts`);
      await writeFile(path, GARBAGE.replace("COLLECT", name === "incremental" ? "__collect();" : ""));
      const script = await runtime.compile(path, { runtime: name, optimizeLevel: 2 });
      const names = Array.from({ length: 60 }, (_, i) => `run${i}`);
      const runs = names.map((run) => script.run("main", { args: [run, world.server.base] }));
      for (const [i, { output }] of (await Promise.all(runs)).entries()) {
        assert.ok(output.includes(`${names[i]}:3:4,`) || output.includes(`${names[i]}:3:0,`), output);
        assert.ok(!names.some((other) => other !== names[i] && output.includes(`${other}:`)), output);
      }
    });
  }
});
