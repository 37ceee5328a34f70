import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreludeEngine } from "../../../support/javascript/prelude-engine.ts";
import type { Answer } from "../../../support/javascript/prelude-host.ts";

const OK: Answer = { status: 200, content: "ok", headers: ["a", "b"] };

/** Programs that break built-ins of the language. Each harms itself at most. */
const BREAKING: readonly string[] = [
  `Array.prototype.push = Array.prototype.map = Array.prototype.slice = () => { throw new Error("mine") }`,
  `Array.prototype[Symbol.iterator] = function* () { yield "x" }`,
  `Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => ({})`,
  `Promise.prototype.then = () => {}; globalThis.Promise = class {}`,
  `Object.defineProperty(Object.prototype, "signal", { get() { throw new Error("mine") }, configurable: true })`,
  `Object.defineProperty(Object.prototype, "code", { get() { return "x" }, set(v) {}, configurable: true })`,
  `Uint8Array.prototype.set = Uint8Array.prototype.subarray = () => new Uint8Array(2 ** 20)`,
  `ArrayBuffer.prototype.slice = ArrayBuffer.prototype.transfer = () => new ArrayBuffer(1)`,
  `String.prototype.charCodeAt = () => 300; String.prototype.toWellFormed = () => ({})`,
  `DataView.prototype.getUint32 = DataView.prototype.getFloat64 = () => 2 ** 40`,
  `JSON.parse = JSON.stringify = () => null`,
  `Function.prototype.call = Function.prototype.apply = Reflect.apply = () => {}`,
  `globalThis.Uint8Array = globalThis.DataView = globalThis.ArrayBuffer = globalThis.Map = undefined`,
  `Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(globalThis)`,
];

const LOOK_FOR_HOST = `
  const seen = new Set(), found = [];
  const look = (value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    const name = Object.getOwnPropertyDescriptor(value, "name")?.value;
    if (["parseUrl", "decodeText", "textEncoding"].includes(name)) found.push(name);
    look(Object.getPrototypeOf(value));
    for (const { get, set, value: member } of Object.values(Object.getOwnPropertyDescriptors(value)))
      [get, set, member].forEach(look);
  };
  look(globalThis);
  return found;
`;

describe("the library of scripts in JavaScript, against its scripts", () => {
  for (const program of BREAKING)
    it(`asks the host only for what it may: ${program.slice(0, 80)}`, async () => {
      using engine = await PreludeEngine.start({ answer: () => OK, files: { mail: "hello" } });
      let failure = "";
      try {
        engine.evaluate(
          `const { http_background } = guest; ${program};
           void (async () => {
             const reply = await http_background("a", "b", { headers: ["A: 1"] }, "post");
             String(reply.content); [...reply.headers]; await (await fetch("http://x/")).text(); console.log(reply);
           })()`,
          "hostile.js",
        );
      } catch (error) {
        failure = String(error);
      }
      // What may not cross the seam was refused there. Whatever else the host got, it could use.
      assert.doesNotMatch(`${failure} ${engine.unhandled}`, /The "\w+" argument/);
    });

  it("gives nobody a function of the host", async () => {
    using engine = await PreludeEngine.start();
    assert.deepEqual(engine.run(LOOK_FOR_HOST), []);
  });

  it("calls getters, proxies and conversions of the script before the host, and once each", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    const result = engine.run(`
      const log = [];
      const spy = (name, value) => ({ toString() { log.push(name); return value } });
      const options = new Proxy({ timeout: 5, headers: ["A: 1"] }, {
        get(target, key) { log.push("get " + String(key)); return target[key] },
        ownKeys(target) { log.push("keys"); return Reflect.ownKeys(target) },
      });
      await guest.http_background("a", "b", options);
      new URL(spy("url", "http://x"), spy("base", "http://y"));
      new TextEncoder().encode(spy("text", "x"));
      guest.echo(spy("echo", "x"));
      guest.File.has(spy("file", "x"));
      return log;
    `);
    assert.deepEqual(result, ["keys", "get timeout", "get headers", "url", "base", "text", "echo", "file"]);
    assert.deepEqual(engine.host.asked, [["a", "b", { timeout: 5, headers: ["A: 1"] }]]);
  });

  it("posts bytes as they are when the call is made", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    engine.run(`
      const bytes = new Uint8Array([1]);
      const call = guest.http_background("a", "b", {}, bytes);
      bytes[0] = 2;
      await call;
      const shrunk = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
      shrunk.buffer.resize(2);
      await guest.http_background("a", "b", {}, shrunk);
      const gone = new Uint8Array(4); gone.buffer.transfer();
      await guest.http_background("a", "b", {}, gone).catch(() => {});
    `);
    assert.deepEqual(
      engine.host.asked.slice(0, 2).map(([, , , post]) => post),
      [new Uint8Array([1]), new Uint8Array(2)],
    );
  });
});
