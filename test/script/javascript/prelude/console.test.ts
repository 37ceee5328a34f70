import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { format } from "node:util";
import { PreludeEngine } from "../../../support/javascript/prelude-engine.ts";

/** Arguments of `console.log` that are shown as Node shows them. */
const AS_NODE: readonly string[] = [
  `"text", 1, -0, 2n, true, null, undefined, Symbol("s"), NaN`,
  `""`,
  `{}, [], { a: 1, "b-c": "d", 1: "e" }, ["a", 1, null]`,
  `{ a: { b: { c: { d: 1 } } } }, [[[[]]]], [[[[1]]]]`,
  `["it's", 'say "x"', "both ' and \\"", "line\\nend\\u0001\\\\"]`,
  `new Map([["a", { b: 1 }]]), new Set([1, "2"]), new Map(), new WeakMap()`,
  `new Date(0), new Date(NaN), /a.b/gi, { d: new Date(1e12) }`,
  `[1, , 3], [, ,], Object.assign([1], { a: 2 })`,
  `new Uint8Array([1, 2]), new Float64Array(2), { a: new Int8Array(1) }`,
  `class A {}, class B extends Array {}, function f() {}, () => 1, async () => 1, function* g() {}`,
  `(() => { class A { constructor() { this.a = 1 } } return [new A(), { b: new A() }] })()`,
  `Object.create(null), Object.assign(Object.create(null), { a: 1 })`,
  `(() => { const a = { b: {} }; a.b.a = a; a.c = [a]; return a })()`,
  `Object(1), Object("a"), Object(true), Object(1n)`,
  `Array.from({ length: 101 }, () => "a".repeat(20)).length`,
  `{ a: "x".repeat(30), b: "y".repeat(30), c: "z".repeat(30) }`,
  `{ a: ["x".repeat(30), "y".repeat(30), "z".repeat(30)], b: 1 }`,
  `"%s is %d and %i and %f, %j %O %% %c.", "a", 1.5, 1.5, "2.5x", { a: 1 }, [1], "css", "rest", { b: 1 }`,
  `"%s", { a: { b: 1 } }`,
  `"%d", "x"`,
  `"%s %s", "one"`,
  `"100%", 1`,
  `"%x", 1`,
  `"%s", Symbol("a")`,
  `"%d %i", 1n, 2n`,
];

/** What Node shows in other ways: our own objects, errors, long lists, and what differs between its versions. */
const OWN: readonly (readonly [args: string, text: string])[] = [
  [`new Headers({ a: "1" }), new URLSearchParams("a=b")`, "Headers { a: '1' } URLSearchParams { a: 'b' }"],
  [`new Blob(["x"], { type: "a/b" })`, "Blob { size: 1, type: 'a/b' }"],
  [
    `{ get a() { return 1 }, set a(v) {}, get b() { return 1 }, set c(v) {} }, { [Symbol("s")]: 1 }`,
    "{ a: [Getter/Setter], b: [Getter], c: [Setter] } { [Symbol(s)]: 1 }",
  ],
  [`new Uint8Array([1, 255]).buffer`, "ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 }"],
  [`new AbortController().signal`, "AbortSignal { aborted: false }"],
  [`[new Response(null, { status: 201 })][0].headers`, "Headers {}"],
  [`Object.assign(new RangeError("bad"), { stack: "", code: 1 })`, "[RangeError: bad] { code: 1 }"],
  [`new Error("a", { cause: Object.assign(new Error("b"), { stack: "" }) }).message`, "a"],
  [
    `{ e: Object.assign(new TypeError(""), { stack: "    at x\\n    at y\\n" }) }`,
    "{\n  e: TypeError\n      at x\n      at y\n}",
  ],
  [`Array.from({ length: 102 }, (_, i) => i).slice(99)`, "[ 99, 100, 101 ]"],
  [`new Array(7).fill("abc")`, "[\n  'abc', 'abc', 'abc', 'abc', 'abc', 'abc', 'abc'\n]"],
];

describe("the console of scripts in JavaScript", () => {
  it("shows values as Node does", async () => {
    using engine = await PreludeEngine.start();
    for (const args of AS_NODE) {
      engine.host.output = "";
      engine.run(`console.log(${args})`);
      const expected = format(...(new Function(`return [${args}]`)() as unknown[]));
      assert.equal(engine.host.output, `${expected}\n`, args);
    }
  });

  it("shows what is its own", async () => {
    using engine = await PreludeEngine.start();
    for (const [args, text] of OWN) {
      engine.host.output = "";
      engine.run(`console.log(${args})`);
      assert.equal(engine.host.output, `${text}\n`, args);
    }
  });

  it("shows an end of everything", async () => {
    using engine = await PreludeEngine.start();
    engine.run(`
      console.log("x".repeat(20000).length, ["x".repeat(20000)]);
      console.log(Array.from({ length: 1000 }, (_, i) => i));
      console.log(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => ["a" + i, i])));
      const wide = () => Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => [1, 2, 3]));
      console.log(wide());
      console.log(new Array(2 ** 32 - 1));
      console.log(new Proxy({}, { ownKeys: () => Array.from({ length: 500 }, (_, i) => "k" + i), getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }));
    `);
    const { output } = engine.host;
    assert.match(output, /\.\.\. 10000 more characters/);
    assert.match(output, /\.\.\. 900 more items/);
    assert.match(output, /\.\.\. 900 more\n/);
    assert.ok(output.length < 200_000, String(output.length));
  });

  it("has groups, counts, times and assertions", async () => {
    using engine = await PreludeEngine.start();
    engine.run(`
      console.group("g"); console.info("a\\nb"); console.group(); console.warn("c"); console.groupEnd(); console.groupEnd();
      console.error("d"); console.count(); console.count("x"); console.count(); console.countReset(); console.count();
      console.assert(true, "no"); console.assert(false); console.assert(false, "e %s", 1); console.assert(false, { f: 1 });
      console.time("t"); await new Promise((resolve) => setTimeout(resolve, 20)); console.timeEnd("t"); console.timeEnd("t");
      console.dir({ a: { b: { c: { d: {} } } } }, { depth: 0 });
    `);
    assert.equal(
      engine.host.output,
      "g\n  a\n  b\n    c\nd\ndefault: 1\nx: 1\ndefault: 2\ndefault: 1\nAssertion failed\nAssertion failed: e 1\n" +
        "Assertion failed { f: 1 }\nt: 20ms\nTimer 't' does not exist\n{ a: [Object] }\n",
    );
  });

  it("shows an error with its cause and its places", async () => {
    using engine = await PreludeEngine.start();
    engine.run(
      `function place() { console.log(new Error("a", { cause: new TypeError("b") })) }; place(); console.trace("t")`,
    );
    assert.match(
      engine.host.output,
      /^Error: a\n {4}at place \(script\.js:\d+:\d+\)\n[^{]*\{\n {2}cause: TypeError: b\n {6}at place/,
    );
    assert.match(engine.host.output, /\nTrace: t\n {4}at <anonymous> \(script/);
  });
});
