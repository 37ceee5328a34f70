import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { link, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Packages } from "../../host/script/compile/packages.ts";
import { LARGEST_SOURCE, SourceFolder } from "../../host/script/compile/source-folder.ts";
import {
  LARGEST_SCRIPT,
  MOST_SOURCES,
  openScriptFolder,
  Sources,
} from "../../host/script/compile/sources.ts";
import { compileScript, type ScriptRuntime } from "../../host/script/index.ts";
import { NO_PIPES } from "../support/platform.ts";
import { refusalOf } from "../support/refusal.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";

const MAIN = "export function main(): i32 { return 7; }\n";
const importing = (from: string): string =>
  `import { x } from ${JSON.stringify(from)};\nexport function main(): i32 { return x; }\n`;
const SECRET = "export const x: i32 = 1; export const config = { dbPassword: tiger };\n";

let world: ScriptWorld;
let runtime: ScriptRuntime;
let base: string;
let folder: string;

const file = async (path: string, text: string): Promise<string> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
};
const compileFile = async (name: string, text: string, options = {}) =>
  runtime.compile(await file(join(folder, name), text), { optimizeLevel: 0, ...options });

before(async () => {
  world = await ScriptWorld.create();
  runtime = world.runtime();
  base = await mkdtemp(join(tmpdir(), "http-background-"));
  folder = join(base, "alice");
  await file(join(base, "other", "secret.ts"), SECRET);
  await file(join(folder, "lib", "one.ts"), "export const x: i32 = 1;\n");
});
after(async () => {
  await world.close();
  await rm(base, { recursive: true });
});

describe("the name of a script", () => {
  const works = [
    "-dash.ts",
    "--help.ts",
    "--version.ts",
    "--config=conf.ts",
    "--transform=evil.ts",
    "--.ts",
    "@args.ts",
    "a b.ts",
    " a,b.ts ".trim(),
    "50%.ts",
    "%6c.ts",
    "#1.ts",
    "what?.ts",
    "~lib.ts",
    "it's.ts",
    "f(1,2).ts",
    "`.ts",
    "grüße-日本.ts",
    "..ts",
    ".ts",
  ];
  for (const name of works) {
    it(`is none of an option, and is in its errors: ${name}`, async () => {
      await file(
        join(folder, "conf.ts"),
        '{"entries":["lib/one.ts"],"options":{"transform":["./evil.mjs"]}}',
      );
      const text = `${MAIN}export function fails(): void { throw new Error("no"); }\n`;
      const script = await compileFile(name, text, { optimizeLevel: 1 });
      assert.equal((await script.run()).result, 7);
      assert.deepEqual((await failureOf(script.run("fails"))).place, { file: name, line: 2, column: 33 });
      const wrong = await failureOf(compileFile(name, `${MAIN}let a: i32 = "";\n`));
      assert.deepEqual([wrong.code, wrong.place], ["COMPILE_FAILED", { file: name, line: 2, column: 14 }]);
      const { sourceMap } = await compileScript(join(folder, await keep(name, MAIN)));
      assert.ok((JSON.parse(sourceMap) as { sources: string[] }).sources.includes(name));
    });
  }

  const keep = async (name: string, text: string): Promise<string> => {
    await file(join(folder, name), text);
    return name;
  };

  for (const name of [
    'say "hi".ts',
    "a\\b.ts",
    "a\tb.ts",
    "a\nb.ts",
    "a\rb.ts",
    "\x1b[31m.ts",
    "a\x85b.ts",
    "a\u2028b.ts",
  ]) {
    it(`is refused if the compiler could not write it: ${JSON.stringify(name)}`, async () => {
      const message = await refusalOf(compileFile(name, MAIN));
      assert.match(
        message,
        /^".*\.ts" cannot be compiled: its name has a quote, a backslash or a control character$/,
      );
      assert.doesNotMatch(message, /[\p{Cc}\u2028]/u);
    });
  }

  it("is refused if it is no text, or holds what no path can", async () => {
    assert.equal((await failureOf(runtime.compile(7 as never))).code, "BAD_ARGUMENT");
    await refusalOf(runtime.compile(join(folder, "a\0b.ts")));
    await refusalOf(runtime.compile(join(folder, "\ud800.ts")));
  });

  it("may be without its extension, or be a folder with an index.ts", async () => {
    await compileFile("plain.ts", MAIN);
    assert.equal((await (await runtime.compile(join(folder, "plain"))).run()).result, 7);
    await file(join(folder, "sub", "index.ts"), importing("./beside"));
    await file(join(folder, "sub", "beside.ts"), "export const x: i32 = 8;\n");
    assert.equal((await (await runtime.compile(join(folder, "sub"))).run()).result, 8);
  });
});

describe("options of a compilation", () => {
  it("are none of the compiler's own", async () => {
    const path = await file(join(folder, "options.ts"), MAIN);
    const wrong: [string, unknown][] = [
      ["runtime", "--config=conf.ts"],
      ["runtime", "./lib/one"],
      ["optimizeLevel", "--transform"],
      ["optimizeLevel", 4],
      ["sourceMapUrl", 7],
      ["enable", "simd"],
      ["enable", ["simd", "--transform"]],
      ["packages", "json-as"],
      ["packages", ["../other"]],
      ["packages", ["a/../b"]],
      ["packages", Array(1)],
      ["transform", ["./evil.mjs"]],
    ];
    for (const [option, value] of wrong) {
      const error = await failureOf(runtime.compile(path, { [option]: value }));
      assert.deepEqual([error.code, (error as { option?: string }).option], ["BAD_ARGUMENT", option]);
    }
    assert.throws(() => world.runtime({ packages: [".."] }), { code: "BAD_CONFIG", option: "packages" });
  });

  it("say where the source map is, whatever they say, up to its longest", async () => {
    const path = await file(join(folder, "options.ts"), MAIN);
    for (const sourceMapUrl of ["--config=conf.ts", "script.wasm", "", 'a"\n\x1b é', "x".repeat(4096)]) {
      const { wasm, sourceMap } = await compileScript(path, { sourceMapUrl, optimizeLevel: 0 });
      const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
      const [section, ...more] = WebAssembly.Module.customSections(module, "sourceMappingURL");
      const bytes = Buffer.from(section as ArrayBuffer);
      const length = bytes.length < 130 ? 1 : 2;
      assert.deepEqual([bytes.toString("utf8", length), more.length], [sourceMapUrl, 0]);
      JSON.parse(sourceMap);
    }
    const error = await failureOf(compileScript(path, { sourceMapUrl: "x".repeat(4097) }));
    assert.equal(error.code, "BAD_ARGUMENT");
  });
});

describe("what lies beside a script", () => {
  const evil = (mark: string): string =>
    `globalThis[Symbol.for("http-background.test")] = 1;\nimport { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(mark)}, "");\nexport default class {}\n`;

  it("is no configuration, no compiler and no program of it", async () => {
    const mark = join(base, "mark");
    await file(join(folder, "evil.mjs"), evil(mark));
    const options = { transform: ["./evil.mjs"], runtime: "nope" };
    await file(
      join(folder, "asconfig.json"),
      JSON.stringify({ entries: ["x.ts"], extends: "./more.json", options }),
    );
    await file(join(folder, "node_modules", "assemblyscript", "package.json"), '{"type":"module"}');
    await file(join(folder, "node_modules", "assemblyscript", "dist", "asc.js"), evil(mark));
    const script = await compileFile("hook.ts", MAIN);
    assert.equal((await script.run()).result, 7);
    await assert.rejects(rename(mark, mark), { code: "ENOENT" });
    await rm(join(folder, "asconfig.json"));
  });

  it("can be imported", async () => {
    for (const from of ["./lib/one", "./lib/one.ts", "./lib/../lib/one"]) {
      assert.equal((await (await compileFile("imports.ts", importing(from))).run()).result, 1, from);
    }
    await symlink("one.ts", join(folder, "lib", "link.ts"));
    assert.equal((await (await compileFile("imports.ts", importing("./lib/link"))).run()).result, 1);
  });

  it("can be imported in a circle, and is there once", async () => {
    await file(
      join(folder, "back.ts"),
      'import { count } from "./circle";\nexport function add(): i32 { return ++count.n; }\n',
    );
    const script = await compileFile(
      "circle.ts",
      'import { add } from "./back";\nclass Count { n: i32 = 0 }\nexport const count = new Count();\nexport function main(): i32 { add(); return count.n; }\n',
    );
    assert.equal((await script.run()).result, 1);
  });
});

describe("an import of what lies elsewhere", () => {
  const outside = [
    "../other/secret",
    "./../other/secret",
    "./lib/../../other/secret",
    "..\\other\\secret",
    "./..\\other\\secret",
    "../alice/lib/one",
    "~lib/../../other/secret",
    "~lib/pkg/../../../other/secret",
    "http-background/../../other/secret",
    "http-background/assembly/../../other/secret",
    "http-background/package",
    "./~lib/other",
    "..",
    "/etc/passwd",
    "file:///etc/passwd",
    "",
  ];
  for (const from of outside) {
    it(`is refused by its name: ${JSON.stringify(from)}`, async () => {
      const message = await refusalOf(compileFile("imports.ts", importing(from)));
      assert.match(message, /"[^"]*" (is|cannot)|File '[^']*' not found/);
    });
  }

  it("is refused by its absolute path", async () => {
    await refusalOf(compileFile("imports.ts", importing(join(base, "other", "secret"))));
    await refusalOf(compileFile("imports.ts", importing(`file://${join(base, "other", "secret.ts")}`)));
  });

  it("is refused if links lead there: a file's, a folder's, a link's, the entry's own", async () => {
    await symlink("../other/secret.ts", join(folder, "linked.ts"));
    await symlink("../other", join(folder, "linked"));
    await symlink("linked.ts", join(folder, "twice.ts"));
    for (const from of ["./linked", "./linked/secret", "./twice"]) {
      assert.match(
        await refusalOf(compileFile("imports.ts", importing(from))),
        / is outside of the script's folder/,
      );
    }
    assert.match(await refusalOf(runtime.compile(join(folder, "linked.ts"))), /^"linked.ts" is outside/);
    await symlink(join(base, "other", "gone.ts"), join(folder, "dangling.ts"));
    await refusalOf(runtime.compile(join(folder, "dangling.ts")));
  });

  it("is refused if it is a pipe, a folder or a device", { skip: NO_PIPES }, async () => {
    execFileSync("/usr/bin/mkfifo", [join(folder, "pipe.ts")]);
    await mkdir(join(folder, "folder.ts"));
    for (const name of ["pipe", "folder"]) {
      assert.match(await refusalOf(compileFile("imports.ts", importing(`./${name}`))), /^".*" is not a file/);
      assert.match(await refusalOf(runtime.compile(join(folder, `${name}.ts`))), /^".*" is not a file/);
    }
    await symlink("/dev/zero", join(folder, "zero.ts"));
    assert.match(await refusalOf(compileFile("imports.ts", importing("./zero"))), /outside/);
  });

  it("is read through a folder that is a link itself, which the application chose", async () => {
    await symlink("alice", join(base, "current"));
    await compileFile("imports.ts", importing("./lib/one"));
    assert.equal((await (await runtime.compile(join(base, "current", "imports.ts"))).run()).result, 1);
  });
});

describe("packages", () => {
  const pkg = (name: string, path: string) => join(folder, "node_modules", name, path);

  it("are those that the application lists, and no others", async () => {
    await file(
      pkg("numbers", "index.ts"),
      'import { y } from "@scope/more/deep"; export const x: i32 = 40 + y;\n',
    );
    await file(pkg("@scope/more", "deep/index.ts"), "export const y: i32 = 2;\n");
    const unlisted = await refusalOf(compileFile("imports.ts", importing("numbers")));
    assert.match(unlisted, /^"numbers" is none of the packages that scripts may import/);
    const half = await refusalOf(compileFile("imports.ts", importing("numbers"), { packages: ["numbers"] }));
    assert.match(half, /^"@scope\/more" is none/);
    const packages = ["numbers", "@scope/more"];
    assert.equal(
      (await (await compileFile("imports.ts", importing("numbers"), { packages })).run()).result,
      42,
    );
    const listing = world.runtime({ packages });
    assert.equal((await (await listing.compile(join(folder, "imports.ts"))).run()).result, 42);
    const narrowed = failureOf(listing.compile(join(folder, "imports.ts"), { packages: [] }));
    assert.equal((await narrowed).code, "COMPILE_FAILED");
  });

  it("hold nothing that links lead to outside of them, nor are links out of the script's folder", async () => {
    await file(pkg("leaks", "package.json"), "{}");
    await symlink("../../../other/secret.ts", pkg("leaks", "index.ts"));
    await symlink("../../other", pkg("linked", "").slice(0, -1));
    for (const [name, from] of [
      ["leaks", "leaks"],
      ["linked", "linked/secret"],
      ["leaks", "leaks/../../../other/secret"],
      ["missing", "missing"],
    ]) {
      await refusalOf(compileFile("imports.ts", importing(from as string), { packages: [name] }));
    }
  });

  it("come from the application before the script's own folder", async () => {
    const application = join(base, "application");
    await file(join(application, "node_modules", "shared", "index.ts"), "theirs");
    await file(pkg("shared", "index.ts"), "own");
    await mkdir(join(application, "deep"));
    assert.equal(
      new Packages(["shared"], [join(application, "deep")], folder).read("shared", "index.ts"),
      "theirs",
    );
    assert.equal(new Packages(["shared"], [base], folder).read("shared", "index.ts"), "own");
  });
});

describe("sources", () => {
  it("have a size, at most", async () => {
    const files = new SourceFolder(folder);
    await file(join(folder, "large.ts"), "x".repeat(LARGEST_SOURCE));
    assert.equal(files.read("large.ts")?.length, LARGEST_SOURCE);
    await file(join(folder, "large.ts"), "x".repeat(LARGEST_SOURCE + 1));
    assert.throws(() => files.read("large.ts"), /^SourceRefusal: "large.ts" has more than 1048576 bytes$/);
  });

  const open = async (read: (name: string) => string | undefined) => {
    await file(join(folder, "main.ts"), MAIN);
    const script = { ...openScriptFolder(join(folder, "main.ts")), read };
    return new Sources(script, new Packages([], [], folder), new SourceFolder(folder));
  };

  it("have a number, at most", async () => {
    const sources = await open(() => "");
    for (let i = 0; i < MOST_SOURCES; i++) sources.read(`${i}.ts`);
    sources.read("0.ts");
    assert.throws(() => sources.read("more.ts"), /"more.ts" is one source more than 4096$/);
  });

  it("have a size together, at most", async () => {
    const sources = await open((name) => "x".repeat(name === "more.ts" ? 1 : LARGEST_SCRIPT / 16));
    for (let i = 0; i < 16; i++) sources.read(`${i}.ts`);
    assert.throws(
      () => sources.read("more.ts"),
      /"more.ts" makes the script have more than 16777216 characters$/,
    );
  });

  it("may be links of the other kind, which nobody can tell from a file", async () => {
    await link(join(folder, "lib", "one.ts"), join(folder, "hard.ts"));
    assert.equal(new SourceFolder(folder).read("hard.ts"), "export const x: i32 = 1;\n");
  });
});
