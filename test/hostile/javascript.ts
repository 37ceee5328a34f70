import type { Random } from "./random.ts";

/** A script that runs the program in its argument. */
export const EVALUATOR = `
import * as guest from "http-background/guest";
const { args } = guest;
const Program = (async () => {}).constructor;
export default () => new Program("guest", "URL0", args()[0])(guest, args()[1]);`;

type Make = (random: Random, depth: number) => string;

/** What a getter, a trap or a conversion does. */
const ACTS: readonly Make[] = [
  () => "for (;;) {}",
  () => "throw null",
  (random, depth) => `return ${value(random, depth)}`,
  () => "return this",
  () => "guest.echo('x'.repeat(5000))",
  () => "globalThis.kept = [globalThis.kept, this]",
  () => "return guest.http_background('default', URL0)",
  () => "act0.length++; act0()",
  (random) => `return ${text(random)}`,
];

/** Values that are harmless where they are not looked at. */
const VALUES: readonly Make[] = [
  (random) => text(random),
  (random) =>
    String(
      random.pick([0, -0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, "NaN", "Infinity", "2n ** 70n", "1n"]),
    ),
  (random) =>
    random.pick(["null", "undefined", "true", "Symbol()", "Symbol.iterator", "globalThis", "guest", "act0"]),
  (random) =>
    `new ${random.pick(["Uint8Array", "Float64Array", "ArrayBuffer", "DataView", "Array"])}(${sized(random)})`,
  (random, depth) => `[${values(random, depth).join()}]`,
  (random, depth) =>
    `{ a: ${value(random, depth)}, data: ${value(random, depth)}, headers: ${value(random, depth)} }`,
  (random, depth) => `{ get ${key(random)}() { ${act(random, depth)} } }`,
  (random, depth) =>
    `{ ${random.pick(["toString", "valueOf", "toJSON", "then", "[Symbol.toPrimitive]"])}() { ${act(random, depth)} } }`,
  (random, depth) =>
    `{ *[Symbol.iterator]() { ${random.chance(0.5) ? "for (;;) yield 1;" : act(random, depth)} } }`,
  (random, depth) =>
    `new Proxy(${random.pick(["{}", "[]", "() => 1", "new Uint8Array(9)"])}, { ${random.pick(["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor", "apply", "set"])}() { ${act(random, depth)} } })`,
  () => "new Promise(() => {})",
  (random, depth) => `Promise.reject(${value(random, depth)})`,
  () => "(() => { const a = {}; a.a = a; return a; })()",
  () => "new guest.File(['x'.repeat(9000)], 'f')",
  (random, depth) => `new Blob([${values(random, depth).join()}])`,
  () => "new AbortController().signal",
  () => "URL0",
  () => "new URL(URL0)",
  (random, depth) => `new Error(${value(random, depth)}, { cause: ${value(random, depth)} })`,
];

/** Statements. */
const STATEMENTS: readonly Make[] = [
  (random, depth) => `await guest.http_background(${values(random, depth).join()})`,
  (random, depth) =>
    `await guest.http_background('default', URL0, ${value(random, depth)}, ${value(random, depth)})`,
  (random, depth) => `guest.http_background('default', URL0, { timeout: 5 }, ${value(random, depth)})`,
  (random, depth) =>
    `await fetch(URL0, { method: 'POST', body: ${value(random, depth)}, headers: ${value(random, depth)} })`,
  (random, depth) => `guest.echo(${value(random, depth)})`,
  (random, depth) => `console.log(${values(random, depth).join()})`,
  (random, depth) =>
    `${random.pick(["atob", "btoa", "structuredClone", "setTimeout", "queueMicrotask", "String", "JSON.stringify", "JSON.parse", "new URL", "new Headers", "new Blob", "crypto.getRandomValues", "new TextDecoder", "Promise.all", "Array.from", "Object.keys", "eval", "new RegExp"])}(${values(random, depth).join()})`,
  (random, depth) =>
    `await crypto.subtle.digest(${random.pick(["'SHA-256'", "'MD5'", value(random, depth)])}, ${value(random, depth)})`,
  (random, depth) => `${prototype(random)}.${key(random)} = ${value(random, depth)}`,
  (random, depth) =>
    `Object.defineProperty(${prototype(random)}, '${key(random)}', { get() { ${act(random, depth)} }, configurable: true })`,
  (random, depth) =>
    `globalThis.${random.pick(["Promise", "Map", "Array", "Uint8Array", "String", "Object", "undefined", "fetch"])} = ${value(random, depth)}`,
  (random, depth) =>
    `try { ${statement(random, depth)} } catch (error) { guest.echo(String(error?.message)) }`,
  (random, depth) => `for (let i = 0; i < ${random.pick([2, 20])}; i++) { ${statement(random, depth)} }`,
  (random) => `await new Promise((resolve) => setTimeout(resolve, ${random.below(4)}))`,
  (random, depth) =>
    `const controller = new AbortController(); setTimeout(() => controller.abort(${value(random, depth)}), ${random.below(3)}); await guest.http_background('default', URL0, {}, null, { signal: controller.signal })`,
  (random) =>
    random.pick([
      "for (;;) {}",
      "for (;;) await null",
      "(function f() { f(); })()",
      "(function f() { Promise.resolve().then(f); })()",
    ]),
  (random) =>
    random.pick([
      "'x'.repeat(2 ** 28)",
      "const a = []; for (;;) a.push(a.slice())",
      "JSON.parse('['.repeat(1e5))",
      "/(a+)+$/.test('a'.repeat(30) + 'b')",
      "new Array(1e6).fill(1).sort()",
    ]),
  (random, depth) => `return ${value(random, depth)}`,
  (random, depth) => `throw ${value(random, depth)}`,
  (random, depth) => `Promise.reject(${value(random, depth)})`,
  (random) => `new Function(${text(random)})`,
  (random) => `await import(${text(random)})`,
];

/** A program. */
export function hostileProgram(random: Random): string {
  const body = random.times(1 + random.below(6), () => `{ ${statement(random, 3)}; }`).join("\n");
  return `const act0 = () => 1;\n${random.chance(0.2) ? "'use strict';\n" : ""}${body}`;
}

function statement(random: Random, depth: number): string {
  return random.pick(depth <= 0 ? STATEMENTS.slice(-8) : STATEMENTS)(random, depth - 1);
}

function value(random: Random, depth: number): string {
  return random.pick(depth <= 0 ? VALUES.slice(0, 4) : VALUES)(random, depth - 1);
}

function values(random: Random, depth: number): string[] {
  return random.times(random.below(5), () => value(random, depth));
}

function act(random: Random, depth: number): string {
  return random.pick(ACTS)(random, depth - 1);
}

function sized(random: Random): string {
  return String(random.pick([0, 1, 9, 1000, 100_000, -1, 2 ** 32]));
}

function key(random: Random): string {
  return random.pick([
    "then",
    "constructor",
    "length",
    "data",
    "type",
    "name",
    "message",
    "stack",
    "signal",
    "a",
    "push",
    "get",
    "next",
    "toJSON",
  ]);
}

function prototype(random: Random): string {
  const names = [
    "Object",
    "Array",
    "Promise",
    "Map",
    "Set",
    "String",
    "Error",
    "Uint8Array",
    "Function",
    "RegExp",
  ];
  return `${random.pick(names)}.prototype`;
}

function text(random: Random): string {
  const characters = [
    "a",
    "\u0000",
    "\n",
    "\u2028",
    "ä",
    "😀",
    "\ud800",
    "%",
    "\u001b[2J",
    "'",
    "`",
    "}",
    "http://x/",
  ];
  return JSON.stringify(random.times(random.below(6), () => random.pick(characters)).join(""));
}
