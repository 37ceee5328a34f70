import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { CompileOptions, Script } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript } from "../support/script-wat.ts";

const SOURCE = `import { echo } from "http-background/assembly";

class Item { constructor(public next: Item | null, public name: string) {} }
class Cyclic {
  other: Cyclic | null = null;
  toString(): string { return this.other!.toString() + "a"; }
}
function count(left: i32, sum: i32): i32 { return left == 0 ? sum : count(left - 1, sum ^ left) + 1; }
function isEven(n: i32): bool { return n == 0 ? true : !isOdd(n - 1); }
function isOdd(n: i32): bool { return n == 0 ? false : !isEven(n - 1); }
function link(item: Item): string { return link(new Item(item, item.name)) + item.name; }

export function integers(): i32 { return count(100_000_000, 3); }
export function mutual(): i32 { return isEven(1_000_000_000) ? 1 : 0; }
export function objects(): void { echo(link(new Item(null, "a"))); }
export function templates(): void { const a = new Cyclic(); a.other = a; echo(a); }
export function abortsWithoutWords(): void { abort(); }
export function fails(): void { abort("words"); }
`;
const DEEP = ["integers", "mutual", "objects", "templates"];
const COMPILATIONS: readonly CompileOptions[] = [
  { runtime: "incremental", optimizeLevel: 0 },
  { runtime: "incremental", optimizeLevel: 3 },
  { runtime: "minimal", optimizeLevel: 3 },
  { runtime: "stub", optimizeLevel: 3 },
];
const TOO_DEEP = "the script trapped: it recursed too deeply";

describe("a script that recurses too deeply", () => {
  let world: ScriptWorld;
  let folder: string;
  before(async () => {
    world = await ScriptWorld.create();
    folder = await mkdtemp(join(tmpdir(), "http-background-recursion-"));
    await writeFile(join(folder, "deep.ts"), SOURCE);
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  for (const options of COMPILATIONS) {
    it(`has one code and one reason, whatever it holds: ${JSON.stringify(options)}`, async () => {
      const script: Script = await world.runtime().compile(join(folder, "deep.ts"), options);
      for (const entry of DEEP) {
        const { code, message, place, cause } = await failureOf(script.run(entry));
        assert.equal(code, "SCRIPT_TRAPPED", entry);
        assert.equal(message, `${TOO_DEEP} at deep.ts:${place?.line}:${place?.column}`, entry);
        assert.equal((cause as Error).message, "it recursed too deeply");
      }
      assert.match(
        (await failureOf(script.run("abortsWithoutWords"))).message,
        /^abort at deep\.ts:\d+:\d+$/,
      );
      const { code, message } = await failureOf(script.run("fails"));
      assert.deepEqual([code, message.replace(/ at .*/, "")], ["SCRIPT_ABORTED", "words"]);
    });
  }

  it("is told so without a source map, too", async () => {
    const module = assembleScript({ body: '(func $main (export "main") (call $main) (call $main))' });
    const { code, message } = await failureOf((await world.runtime().load(module)).run());
    assert.deepEqual([code, message], ["SCRIPT_TRAPPED", TOO_DEEP]);
  });

  it("does not start, where it does so at the top level", async () => {
    const path = join(folder, "top.ts");
    await writeFile(
      path,
      `${SOURCE}const top = link(new Item(null, "a"));\nexport function main(): void {}\n`,
    );
    await assert.rejects(world.runtime().compile(path), {
      code: "BAD_MODULE",
      message: /^the module does not start: it recursed too deeply at top\.ts:\d+:\d+$/,
    });
  });
});
