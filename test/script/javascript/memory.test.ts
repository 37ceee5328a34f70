import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { RunOptions } from "../../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../../support/script-runtime.ts";

const OUT = "InternalError: out of memory";
const FULL =
  "const all = globalThis.all = []; try { for (;;) all.push(new Uint8Array(1000)); } catch {} try { for (;;) all.push({}); } catch {}";

/** What needs more memory of the host's than there is, and can be caught. */
const CAUGHT: Readonly<Record<string, string>> = {
  "a URL that is too long": "new URL('http://x/' + 'a'.repeat(4e6))",
  "a text that is too long": "new TextDecoder().decode(new Uint8Array(5e6).fill(0xff))",
  "arguments that are too long": "args()",
  "a File that is too long": "await File.named('large').bytes()",
};

describe("a script in JavaScript that has no more memory", () => {
  let the: ScriptWorld;

  before(async () => {
    the = await ScriptWorld.create();
  });
  after(() => the.close());

  const run = async (body: string, options: RunOptions = {}) => {
    const source = `import { args, File } from "http-background/guest"; export default async () => { ${body} };`;
    const runtime = the.runtime({ limits: { computeMs: 60_000, cpuMs: 60_000, timeout: 600 } });
    return (await runtime.compile({ name: "memory.js", source })).run("default", options);
  };
  const large = Buffer.alloc(40_000_000, "x");

  for (const [what, code] of Object.entries(CAUGHT)) {
    it(`can catch that for ${what}, and goes on`, async () => {
      const body = `try { ${code}; } catch (error) { return [String(error), new URL("http://x/").href]; }`;
      const { result } = await run(body, { args: ["x".repeat(9_000_000)], files: { large } });
      assert.deepEqual(result, [OUT, "http://x/"]);
      const failure = await failureOf(run(`${code};`, { args: ["x".repeat(9_000_000)], files: { large } }));
      assert.equal(failure.code, "MEMORY_LIMIT", failure.message);
    });
  }

  it("can read a File in slices that is larger than its memory", async () => {
    const body = `const file = File.named("large");
      let size = 0;
      for (let at = 0; at < file.size; at += 2 ** 20) size += (await file.slice(at, at + 2 ** 20).bytes()).length;
      return [size, await file.slice(-2).text(), file.slice(5, 2).size, file.slice(40_000_000 - 3, 1e12).size]`;
    assert.deepEqual((await run(body, { files: { large } })).result, [40_000_000, "xx", 0, 3]);
  });

  it("has MEMORY_LIMIT if there is none to say what it throws", async () => {
    const body = `${FULL} for (;;) { try { setTimeout(() => {}, 1); } catch { break; } } await new Promise((resolve) => setTimeout(resolve, 1));`;
    const failure = await failureOf(run(body));
    assert.equal(failure.code, "MEMORY_LIMIT", failure.message);
  });
});
