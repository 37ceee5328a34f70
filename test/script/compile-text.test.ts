import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Packages } from "../../host/script/compile/packages.ts";
import { readScriptText } from "../../host/script/compile/script-text.ts";
import { shareTexts } from "../../host/script/compile/shared-texts.ts";
import { LARGEST_SOURCE } from "../../host/script/compile/source-folder.ts";
import { LONGEST_NAME } from "../../host/script/compile/source-name.ts";
import { openScriptTexts } from "../../host/script/compile/source-texts.ts";
import { LARGEST_SCRIPT, MOST_SOURCES } from "../../host/script/compile/sources.ts";
import { compileScript, type ScriptRuntime, type ScriptText } from "../../host/script/index.ts";
import { refusalOf } from "../support/refusal.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const MAIN = "export function main(): i32 { return 7; }\n";
const X = "export const x: i32 = 8;\n";
const SECRET = "export const x: i32 = 1; export const config = { dbPassword: tiger };\n";
const importing = (from: string): string =>
  `import { x } from ${JSON.stringify(from)};\nexport function main(): i32 { return x; }\n`;

let world: ScriptWorld;
let runtime: ScriptRuntime;

const compile = (text: Partial<ScriptText>, options = {}) =>
  runtime.compile({ name: "hook.ts", source: MAIN, ...text }, { optimizeLevel: 0, ...options });
const resultOf = async (text: Partial<ScriptText>, options = {}) =>
  (await (await compile(text, options)).run()).result;
const refusal = (text: Partial<ScriptText>, options = {}) => refusalOf(compile(text, options));

before(async () => {
  world = await ScriptWorld.create();
  runtime = world.runtime();
});
after(() => world.close());

describe("a script that is given as text", () => {
  it("is compiled, and makes calls", async () => {
    const source = `import { args, echo, http_background } from "http-background/assembly";
export function main(): i32 {
  const reply = http_background("default", args()[0], null, "a=b");
  echo(reply.text);
  return reply.status;
}\n`;
    const script = await compile({ source }, { optimizeLevel: 3, runtime: "stub" });
    const { output, result } = await script.run("main", { args: [world.server.base] });
    assert.deepEqual([output, result], ["ok\n", 200]);
  });

  it("is compiled by compileScript, with the same options", async () => {
    const { wasm, sourceMap } = await compileScript({ name: "a/hook.ts", source: MAIN }, { runtime: "stub" });
    assert.equal((await (await runtime.load(wasm, { sourceMap })).run()).result, 7);
    assert.ok((JSON.parse(sourceMap) as { sources: string[] }).sources.includes("a/hook.ts"));
  });

  it("is told what to do if it imports the module of JavaScript", async () => {
    const wrong = await failureOf(compile({ source: importing("http-background/guest") }));
    assert.equal(wrong.code, "COMPILE_FAILED");
    assert.match(wrong.message, /imports "http-background\/assembly", and .* ends with \.mts$/);
  });

  it("has its name and those of its modules in errors", async () => {
    const name = "tenants/-grüße & co.ts";
    const wrong = await failureOf(compile({ name, source: `${MAIN}let a: i32 = "";\n` }));
    assert.deepEqual([wrong.code, wrong.place], ["COMPILE_FAILED", { file: name, line: 2, column: 14 }]);
    assert.match(wrong.message, /tenants\/-grüße & co\.ts/);
    const modules = { "tenants/lib.ts": `\nexport function fail(): void {\n  throw new Error("no");\n}\n` };
    const source = `import { fail } from "./lib";\nexport function main(): void { fail(); }\n`;
    const script = await compile({ name, source, modules });
    const error = await failureOf(script.run());
    assert.equal(error.message, "no at tenants/lib.ts:3:3");
    assert.deepEqual(error.place, { file: "tenants/lib.ts", line: 3, column: 3 });
    const broken = await failureOf(
      compile({ name, source, modules: { "tenants/lib.ts": "\nlet fail = ;" } }),
    );
    assert.deepEqual(
      [broken.code, broken.place?.file, broken.place?.line],
      ["COMPILE_FAILED", "tenants/lib.ts", 2],
    );
  });

  it("has mistakes at the place of the call in its text", async () => {
    const source = `import { http_background } from "http-background/assembly";
export function main(): void {
  http_background("nope", "http://127.0.0.1/");
}\n`;
    const error = await failureOf((await compile({ name: "a b.ts", source })).run());
    assert.equal(error.message, "Missing ID in configuration at a b.ts:3:3");
  });

  it("may name its language instead of having an extension", async () => {
    const source = `${MAIN}export function fails(): void { throw new Error("no"); }\n`;
    for (const name of ["hook", "./hook", "hook.js", "42", "hook.ts"]) {
      const script = await compile({ name, source, language: "assemblyscript" });
      const shown = name === "hook.ts" ? name : `${name.replace("./", "")}.ts`;
      assert.deepEqual((await failureOf(script.run("fails"))).place?.file, shown);
    }
  });

  it("is read as a file would be: half a character is none", async () => {
    const source =
      'import { echo } from "http-background/assembly";\nexport function main(): void { echo("\ud800é"); }\n';
    assert.equal((await (await compile({ source })).run()).output, "\ufffdé\n");
  });

  it("is what it was when it was given", async () => {
    const text = { name: "hook.ts", source: importing("./lib"), modules: { "lib.ts": X } };
    const compiling = runtime.compile(text, { optimizeLevel: 0 });
    text.source = "nothing";
    text.modules["lib.ts"] = "nothing";
    assert.equal((await (await compiling).run()).result, 8);
  });
});

describe("modules", () => {
  it("are found from the name of the source that imports them", async () => {
    const found: [name: string, from: string, modules: Record<string, string>][] = [
      ["hook.ts", "./lib", { "lib.ts": X }],
      ["hook.ts", "./lib.ts", { "lib.ts": X }],
      ["hook.ts", "./lib", { "./lib.ts": X }],
      ["hook.ts", "./lib", { "./lib": X }],
      ["hook.ts", "./lib", { "lib/index.ts": X }],
      ["hook.ts", "./a/b/../lib", { "a/lib.ts": X }],
      ["a/hook.ts", "../lib", { "lib.ts": X }],
      ["a/hook.ts", "./lib", { "a/lib.ts": X, "lib.ts": SECRET }],
      ["hook.ts", "./a/back", { "a/back.ts": 'export { x } from "../lib";\n', "lib.ts": X }],
      ["hook.ts", "./constructor", { "constructor.ts": X }],
      ["hook.ts", "./__proto__", { "__proto__.ts": X }],
    ];
    for (const [name, from, modules] of found) {
      assert.equal(await resultOf({ name, source: importing(from), modules }), 8, `${name} ${from}`);
    }
  });

  it("may import each other in a circle, and are there once", async () => {
    const modules = {
      "count.ts":
        'import { add } from "./add";\nexport class Count { n: i32 = 0 }\nexport const count = new Count();\nexport function twice(): void { add(); add(); }\n',
      "add.ts": 'import { count } from "./count";\nexport function add(): void { count.n++; }\n',
    };
    const source = `import { add } from "./add";\nimport { count, twice } from "./count";
export function main(): i32 { add(); twice(); return count.n; }\n`;
    assert.equal(await resultOf({ source, modules }), 3);
  });

  it("take the place of no library, whatever their names are", async () => {
    const modules = {
      "array.ts": SECRET,
      "rt/index.ts": SECRET,
      "index.ts": SECRET,
      "http-background/assembly.ts": SECRET,
      "http-background/assembly/index.ts": SECRET,
      "http-background/assembly/script/alloc.ts": SECRET,
      "assembly/script/alloc.ts": SECRET,
      "script/alloc.ts": SECRET,
      "assemblyscript/std/assembly/shared/typeinfo.ts": SECRET,
    };
    const source = `import { echo } from "http-background/assembly";
import { TypeinfoFlags } from "assemblyscript/std/assembly/shared/typeinfo";
export function main(): i32 { echo([TypeinfoFlags.MAP].join()); return 9; }\n`;
    const script = await compile({ source, modules }, { packages: ["assemblyscript"] });
    assert.deepEqual(await script.run().then(({ output, result }) => [output, result]), ["16\n", 9]);
  });

  for (const name of [
    "~lib/array.ts",
    "~lib/http-background/assembly.ts",
    "./~lib/http-background/assembly.ts",
    "node_modules/pkg/index.ts",
    "./node_modules/pkg/index.ts",
    "~lib",
  ]) {
    it(`are refused by a name that only libraries have: ${name}`, async () => {
      const message = await refusal({ modules: { [name]: X } });
      assert.equal(message, `${JSON.stringify(name)} is no name of a source: packages have such names`);
      await refusal({ name, language: "assemblyscript" });
    });
  }

  it("have one name each", async () => {
    for (const modules of [{ "hook.ts": X }, { hook: X }, { "./hook.ts": X }, { lib: X, "lib.ts": X }]) {
      assert.match(await refusal({ modules }), /^"(hook|lib)\.ts" is the name of two sources$/);
    }
  });
});

describe("the name of a text", () => {
  const kept = [
    "--config=conf.ts",
    "--transform=evil.ts",
    "-o.ts",
    "@args.ts",
    "a b.ts",
    "#1?.ts",
    "~lib.ts",
    ".ts",
    "..ts",
    "a/-o.ts",
  ];
  it("is none of an option", async () => {
    for (const name of kept) {
      assert.equal(
        await resultOf({ name, modules: { "conf.ts": '{"options":{"transform":["./evil.mjs"]}}' } }),
        7,
        name,
      );
    }
  });

  for (const name of [
    'say "hi".ts',
    "a\\b.ts",
    "..\\b.ts",
    "a\tb.ts",
    "a\nb.ts",
    "a\0b.ts",
    "\x1b[31m.ts",
    "a\u2028.ts",
    "\ud800.ts",
  ]) {
    it(`is refused if the compiler could not write it: ${JSON.stringify(name)}`, async () => {
      for (const text of [{ name }, { modules: { [name]: X } }]) {
        const message = await refusal(text);
        assert.match(message, /^".*\.ts" cannot be compiled: its name has a quote, a backslash or a control/);
        assert.doesNotMatch(message, /[\p{Cc}\u2028]/u);
      }
    });
  }

  for (const name of [
    "../hook.ts",
    "a/../../hook.ts",
    "a/../hook.ts",
    "/hook.ts",
    "/etc/passwd.ts",
    ".//a.ts",
    "a//b.ts",
    "a/./b.ts",
    "././a.ts",
    "a/",
    "./",
    "",
    ".",
    "..",
    "./..",
  ]) {
    it(`is refused if it is no plain path: ${JSON.stringify(name)}`, async () => {
      for (const text of [{ name, language: "assemblyscript" as const }, { modules: { [name]: X } }]) {
        assert.match(
          await refusal(text),
          /^"[^"]*" is (outside|no name of a source: a part of it is empty or dots)/,
        );
      }
    });
  }

  it("has a length, at most", async () => {
    const longest = `${"n".repeat(LONGEST_NAME - 3)}.ts`;
    assert.equal(await resultOf({ name: longest, modules: { [`m${longest.slice(1)}`]: X } }), 7);
    const longer = `n${longest}`;
    for (const text of [
      { name: longer },
      { modules: { [longer]: X } },
      { modules: { [longer.slice(0, -3)]: X } },
    ]) {
      assert.match(await refusal(text), / is too long for the name of a source$/);
    }
  });
});

describe("the disk", () => {
  let folder: string;
  let cwd: string;
  const file = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  before(async () => {
    cwd = process.cwd();
    folder = await mkdtemp(join(tmpdir(), "http-background-"));
    await file("hook.ts", SECRET);
    await file("x.ts", SECRET);
    await file("lib/index.ts", SECRET);
    await file("node_modules/numbers/index.ts", 'import { y } from "./deep";\nexport const x: i32 = y;\n');
    await file("node_modules/numbers/deep.ts", "export const y: i32 = 41;\n");
    await file("node_modules/leaks/index.ts", 'import { x } from "../../x";\nexport { x };\n');
    await file(
      "mark.mjs",
      'import { writeFileSync } from "node:fs"; writeFileSync("mark", ""); export default class {}',
    );
    await file(
      "asconfig.json",
      '{"entries":["x.ts"],"options":{"transform":["./mark.mjs"],"runtime":"nope"}}',
    );
    process.chdir(folder);
  });
  after(async () => {
    process.chdir(cwd);
    await rm(folder, { recursive: true });
  });

  it("has no file of the text's name, and no configuration", async () => {
    assert.equal(await resultOf({}), 7);
    await assert.rejects(rename("mark", "mark"), { code: "ENOENT" });
  });

  it("has no imports for it, wherever they point", async () => {
    for (const from of [
      "./x",
      "./x.ts",
      "../x",
      "./lib",
      "./hook.ts/../x",
      join(folder, "x"),
      `file://${folder}/x.ts`,
      "/x",
      "x",
      "~lib/../x",
      "~lib/x",
      "./~lib/x",
      "~lib/../../x",
      `..${folder}/x`,
      "http-background/../x",
      "..",
      "",
    ]) {
      assert.match(
        await refusal({ source: importing(from) }),
        /"[^"]*" (is|cannot)|File '[^']*' not found/,
        from,
      );
      await refusal({
        source: 'import { x } from "./lib/y";\nexport function main(): i32 { return x; }',
        modules: { "lib/y.ts": `export { x } from ${JSON.stringify(from)};\n` },
      });
    }
  });

  it("has the packages that the application lists, and no others", async () => {
    const source = importing("numbers");
    assert.match(await refusal({ source }), /^"numbers" is none of the packages that scripts may import/);
    assert.equal(await resultOf({ source }, { packages: ["numbers"] }), 41);
    assert.match(
      await refusal({ source: importing("gone") }, { packages: ["gone"] }),
      /^"gone" is not installed/,
    );
    await refusal({ source: importing("leaks") }, { packages: ["leaks"] });
  });

  it("has no folder of it whose packages count", async () => {
    const packages = new Packages(
      ["numbers"],
      [tmpdir()],
      openScriptTexts(await shareTexts(readScriptText({ name: "a.ts", source: "" }))).folder,
    );
    assert.throws(
      () => packages.read("numbers", "index.ts"),
      /"numbers" is not installed for this application/,
    );
  });
});

describe("a text has limits:", () => {
  const open = async (text: Partial<ScriptText>) =>
    openScriptTexts(await shareTexts(readScriptText({ name: "hook.ts", source: "", ...text })));
  const many = (count: number, text: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.ts`, text]));

  it("the bytes of a source", async () => {
    const padded = (bytes: number) => `${MAIN}//é`.padEnd(bytes - 1, "x");
    assert.equal(await resultOf({ source: padded(LARGEST_SOURCE) }), 7);
    for (const text of [{ source: padded(LARGEST_SOURCE + 1) }, { source: padded(LARGEST_SOURCE + 2) }]) {
      assert.equal(await refusal(text), '"hook.ts" has more than 1048576 bytes');
    }
    assert.equal(
      (await open({ modules: { "a.ts": padded(LARGEST_SOURCE) } })).read("a.ts")?.length,
      LARGEST_SOURCE - 1,
    );
    assert.equal(
      await refusal({ modules: { "a.ts": padded(LARGEST_SOURCE + 1) } }),
      '"a.ts" has more than 1048576 bytes',
    );
    assert.equal(await refusal({ source: "x".repeat(1 << 28) }), '"hook.ts" has more than 1048576 bytes');
  });

  it("what the compiler says of it", async () => {
    const unknown = (length: number) =>
      refusal({ source: `export function main(): void { ${"x".repeat(length)}(); }` });
    assert.ok((await unknown(10_000)).length < 65_536);
    const cut = await unknown(500_000);
    assert.deepEqual([cut.length, cut.slice(0, 12), cut.at(-1)], [65_537, "ERROR TS2304", "…"]);
  });

  it("the number of sources", async () => {
    const opened = await open({ modules: many(MOST_SOURCES - 1, X) });
    assert.equal(opened.read(`${MOST_SOURCES - 2}.ts`), X);
    assert.equal(await refusal({ modules: many(MOST_SOURCES, X) }), '"4095.ts" is one source more than 4096');
  });

  it("the characters of all of them, imported or not", async () => {
    const modules = many(16, "x".repeat(LARGEST_SOURCE));
    assert.equal((await open({ modules })).read("15.ts")?.length, LARGEST_SOURCE);
    assert.equal(LARGEST_SCRIPT, 16 * LARGEST_SOURCE);
    assert.equal(
      await refusal({ source: "x", modules }),
      '"15.ts" makes the script have more than 16777216 characters',
    );
  });
});

describe("an object that is no text", () => {
  const wrong: [option: string, text: unknown][] = [
    ["path", undefined],
    ["path", null],
    ["path", 7],
    ["path", () => MAIN],
    ["name", {}],
    ["path", []],
    ["path", new URL("file:///hook.ts")],
    ["name", { source: MAIN }],
    ["name", { name: 7, source: MAIN }],
    ["source", { name: "hook.ts" }],
    ["source", { name: "hook.ts", source: Buffer.from(MAIN) }],
    ["language", { name: "hook", source: MAIN }],
    ["language", { name: "hook.py", source: MAIN }],
    ["language", { name: "hook.TS", source: MAIN }],
    ["language", { name: "hook.ts", source: MAIN, language: "python" }],
    ["language", { name: "hook.ts", source: MAIN, language: "constructor" }],
    ["language", { name: "hook.ts", source: MAIN, language: null }],
    ["language", { name: "hook.ts", source: MAIN, language: ["assemblyscript"] }],
    ["modules", { name: "hook.ts", source: MAIN, modules: null }],
    ["modules", { name: "hook.ts", source: MAIN, modules: "lib.ts" }],
    ["modules", { name: "hook.ts", source: MAIN, modules: new Map([["lib.ts", X]]) }],
    ["modules", { name: "hook.ts", source: MAIN, modules: [X] }],
    ["modules", { name: "hook.ts", source: MAIN, modules: { "lib.ts": Buffer.from(X) } }],
    ["modules", { name: "hook.ts", source: MAIN, modules: { "lib.ts": undefined } }],
    ["path", { path: "hook.ts" }],
    ["sources", { name: "hook.ts", sources: MAIN }],
    ["runtime", { name: "hook.ts", source: MAIN, runtime: "stub" }],
  ];
  it("is refused, with what is wrong", async () => {
    for (const [option, text] of wrong) {
      for (const compiling of [runtime.compile(text as ScriptText), compileScript(text as ScriptText)]) {
        const error = await failureOf(compiling);
        assert.deepEqual(
          [error.code, (error as { option?: string }).option],
          ["BAD_ARGUMENT", option],
          String(error),
        );
      }
    }
  });

  it("is told which languages there are, and which module is none", async () => {
    const message = async (text: Partial<ScriptText>) => (await failureOf(compile(text))).message;
    assert.equal(
      await message({ language: "python" as never }),
      "Bad language: there is assemblyscript, javascript, typescript",
    );
    assert.match(await message({ name: "hook.py" }), /^Bad language: the end of the name does not say it/);
    assert.equal(await message({ modules: { "a\n.ts": 7 as never } }), 'Bad modules: "a\\n.ts" is no text');
  });

  it("leaves a text for what it is: a path", async () => {
    assert.equal((await failureOf(runtime.compile(""))).message, "Bad path: it is empty");
    assert.match((await failureOf(runtime.compile(MAIN.trim()))).message, /a text is \{ name, source \}\)$/);
    assert.match((await failureOf(runtime.compile(MAIN.trim()))).message, /is not there: no such file/);
  });
});
