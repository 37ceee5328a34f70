import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import ts from "typescript";
import { PreludeEngine } from "../support/javascript/prelude-engine.ts";
import { inRoot } from "../support/root.ts";

const TYPES = inRoot("guest.d.ts");
/** Globals of the test's engine, and those of the language that older versions of TypeScript do not know. */
const OF_THE_LANGUAGE =
  /^(guest|end|__\w+|escape|unescape|Iterator|SuppressedError|(Async)?DisposableStack|Float16Array)$/;
/** What every function and every class has, what TypeScript declares of no class, and what the library itself uses. */
const OF_ALL = /^(length|name|prototype|constructor|message|stack|parts|Symbol\.toStringTag)$/;

/** What the engine has: the objects by the expressions that name them, and the keys of each and of its prototypes. */
const LIST = `
  const language = new Set([Object.prototype, Function.prototype, Error, Error.prototype]);
  const keysOf = (object) => {
    const keys = [];
    for (let o = object; o && (o === object || !language.has(o)); o = Object.getPrototypeOf(o))
      keys.push(...Reflect.ownKeys(o).map((key) => (typeof key === "symbol" ? key.description : key)));
    return keys;
  };
  const list = {};
  for (const [holder, names] of [["", Object.getOwnPropertyNames(globalThis)], ["guest.", Object.keys(guest)]])
    for (const name of names) {
      const value = holder === "" ? globalThis[name] : guest[name];
      const isObject = (typeof value === "object" || typeof value === "function") && value !== globalThis;
      list[holder + name] = isObject ? keysOf(value) : [];
      if (value?.prototype) list[holder + name + ".prototype"] = keysOf(value.prototype);
    }
  // Some members are fields.
  const fields = [
    (await guest.http_background("a", "b")).content,
    await guest.http_background("a", "b", {}, "", { no: 1 }).catch((error) => error),
  ];
  for (const one of fields) list["guest." + one.constructor.name + ".prototype"].push(...Reflect.ownKeys(one));
  return list;`;

const program = ts.createProgram([TYPES], {
  lib: ["lib.es2024.d.ts"],
  target: ts.ScriptTarget.ES2024,
  strict: true,
  types: [],
});
const checker = program.getTypeChecker();
const source = program.getSourceFile(TYPES) as ts.SourceFile;

/** Members that the types of scripts declare themselves, and those that TypeScript has beside them. */
interface Declared {
  readonly own: readonly string[];
  readonly all: readonly string[];
}

/** What is declared of every global and every export of `guest.d.ts`, by the same expressions. */
function declared(): Map<string, Declared> {
  const found = new Map<string, Declared>();
  const exports = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol);
  const globals = checker.getSymbolsInScope(source, ts.SymbolFlags.Value).filter(isOwnGlobal);
  for (const [holder, symbols] of [
    ["guest.", exports],
    ["", globals],
  ] as const)
    for (const symbol of symbols) {
      const value = unaliased(symbol);
      if ((value.flags & ts.SymbolFlags.Value) === 0) continue;
      const type = checker.getTypeOfSymbol(value);
      found.set(holder + symbol.name, membersOf(type));
      const prototype = type.getProperty("prototype");
      const instance = prototype && checker.getTypeOfSymbol(prototype);
      const isClass = instance !== undefined && (instance.flags & ts.TypeFlags.Any) === 0;
      if (isClass) found.set(`${holder}${symbol.name}.prototype`, membersOf(instance));
    }
  return found;
}

function unaliased(symbol: ts.Symbol): ts.Symbol {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  return isAlias ? checker.getAliasedSymbol(symbol) : symbol;
}

function membersOf(type: ts.Type): Declared {
  const members = checker.getPropertiesOfType(checker.getApparentType(type)).filter(isPublic);
  return { own: members.filter(isOwn).map(nameOf), all: members.map(nameOf) };
}

function isOwn({ declarations }: ts.Symbol): boolean {
  return declarations?.some((declaration) => declaration.getSourceFile() === source) ?? false;
}

/** Declared in `declare global`, and nowhere else. */
function isOwnGlobal({ declarations = [] }: ts.Symbol): boolean {
  return declarations.length > 0 && declarations.every(isInGlobal);
}

function isInGlobal(node: ts.Node): boolean {
  return ts.isModuleDeclaration(node)
    ? node.getSourceFile() === source
    : !!node.parent && isInGlobal(node.parent);
}

function isPublic({ valueDeclaration }: ts.Symbol): boolean {
  return (
    valueDeclaration === undefined ||
    (ts.getCombinedModifierFlags(valueDeclaration) & ts.ModifierFlags.Private) === 0
  );
}

/** A key that is a symbol has a name of the compiler's: `__@iterator@123`. */
function nameOf({ escapedName }: ts.Symbol): string {
  return ts.unescapeLeadingUnderscores(escapedName).replace(/^__@(\w+)@\d+$/, "Symbol.$1");
}

describe("the types of scripts in JavaScript, member by member", () => {
  let engine: PreludeEngine;
  let there: Map<string, readonly string[]>;
  const types = declared();

  before(async () => {
    engine = await PreludeEngine.start({ answer: () => ({ status: 200, content: "" }) });
    there = new Map(Object.entries(engine.run(LIST) as Record<string, string[]>));
  });
  after(() => engine[Symbol.dispose]());

  it("declare nothing that there is not", () => {
    assert.ok(types.size > 70);
    for (const [name, { own }] of types) {
      const keys = there.get(name);
      assert.ok(keys, name);
      const missing = own.filter((key) => key !== "prototype" && !keys.includes(key));
      assert.deepEqual(missing, [], name);
    }
  });

  it("declare everything that there is, beside the language itself", () => {
    for (const [name, keys] of there) {
      const [root = ""] = name.replace("guest.", "").split(".");
      const type = types.get(name);
      if (type === undefined) {
        const isFunction = types.has(name.replace(".prototype", ""));
        const isKnown = checker.resolveName(root, undefined, ts.SymbolFlags.Value, false) !== undefined;
        assert.ok(isFunction || isKnown || OF_THE_LANGUAGE.test(root), name);
        continue;
      }
      const missing = keys.filter((key) => !OF_ALL.test(key) && !type.all.includes(key));
      assert.deepEqual(missing, [], name);
    }
  });
});
