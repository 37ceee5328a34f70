import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readValue } from "../../../host/script/run/script-value.ts";
import { failureOf, ScriptWorld } from "../../support/script-runtime.ts";

/** What a result may be if a script finds a way to change what writes it. */
const BROKEN: Readonly<Record<string, readonly number[]>> = {
  "an array without an end": [0xdd, 255, 255, 255, 255],
  "a map without an end": [0xdf, 255, 255, 255, 255],
  "a text without an end": [0xdb, 255, 255, 255, 255, 1],
  "bytes without an end": [0xc6, 255, 255, 255, 255, 1],
  "more than one value": [1, 2],
  "a value of another kind": [0xc1],
  nothing: [],
  "half of a number": [0xcb, 1],
  "arrays that are nested without an end": Array(2000).fill([0xdd, 0, 0, 0, 1]).flat(),
};

describe("results of scripts in JavaScript", () => {
  let the: ScriptWorld;

  before(async () => {
    the = await ScriptWorld.create();
  });
  after(() => the.close());

  const run = async (body: string) => {
    const source = `import { echo } from "http-background/guest"; export default () => { ${body} };`;
    const runtime = the.runtime({ limits: { computeMs: 60_000, cpuMs: 60_000, timeout: 600 } });
    return (await runtime.compile({ name: "result.js", source })).run();
  };

  for (const [what, bytes] of Object.entries(BROKEN)) {
    it(`are a fault of the script if it makes them ${what}`, () => {
      assert.throws(() => readValue(Uint8Array.from(bytes)), {
        name: "ScriptError",
        code: "SCRIPT_ABORTED",
        message: /^the result cannot be returned: what writes it was changed by the script/,
      });
    });
  }

  it("cannot be broken by an array that lies about its length", async () => {
    const lies: Readonly<Record<string, unknown>> = {
      "-1": [],
      "1.5": [1],
      "'2'": [1, 2],
      NaN: [],
      "{ n: 3, valueOf() { return this.n-- } }": [1, 2],
    };
    for (const [length, list] of Object.entries(lies)) {
      const { result, output } = await run(
        `echo("before"); const length = ${length}; return [new Proxy([1, 2, 3], { get: (list, key) => key === "length" ? length : list[key] }), 4]`,
      );
      assert.deepEqual([result, output], [[list, 4], "before\n"], length);
    }
  });

  it("may be 32,767 pieces of bytes in an array, and not one more", async () => {
    const pieces = (count: number) => `return Array.from({ length: ${count} }, () => new Uint8Array(1))`;
    assert.equal(((await run(pieces(32_767))).result as unknown[]).length, 32_767);
    assert.match(
      (await failureOf(run(pieces(32_768)))).message,
      /result\[32767\] is one value more than 262144$/,
    );
  });

  it("have U+FFFD in the place of a lone surrogate", async () => {
    assert.deepEqual((await run("return { '\\udc00': 'a\\ud800b\\u{1f600}' }")).result, {
      "\ufffd": "a\ufffdb\u{1f600}",
    });
  });

  it("have a member of the name __proto__, and no other prototype", async () => {
    const { result } = await run(`return JSON.parse('{"__proto__":{"a":1},"b":2}')`);
    assert.deepEqual(Object.entries(result as object), [
      ["__proto__", { a: 1 }],
      ["b", 2],
    ]);
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
  });
});
