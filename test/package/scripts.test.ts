import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { nodes, PackedProject } from "../support/packed-project.ts";
import { readText } from "../support/root.ts";
import { type Answer, type RunOptions, ScriptRun } from "../support/script-host.ts";

const EXAMPLES = ["webhook", "mail", "sequence"];
const ASC = "node_modules/assemblyscript/bin/asc.js";
const TSC = "node_modules/typescript/bin/tsc";

const IMPORTS = `import {
  args, echo, File, Form, http_background, Options, PrivateKey, Reply, start, waitAny, X509,
} from "http-background/assembly";\n`;

/** The code of the documentation as one script. Code without imports becomes the body of a function. */
function documented(): { whole: string; parts: string } {
  const page = readText("docs/scripts.md");
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
  const [whole = "", ...parts] = blocks;
  assert.ok(whole.startsWith("import ") && parts.length >= 5);
  return {
    whole,
    parts: IMPORTS + parts.map((code, i) => `export function part${i}(): void {\n${code}}`).join("\n"),
  };
}

/** Compiles scripts with asc's own arguments. There is only one process, because the compiler is slow to load. */
const COMPILE = `
  import asc from "assemblyscript/asc";
  for (const name of process.argv.slice(2)) {
    const flags = ["-O1", "--transform", "http-background/transform", "-o", name + ".wasm"];
    const { error, stderr } = await asc.main([name + ".ts", ...flags]);
    if (error !== null) throw new Error(error.message + stderr);
  }`;

describe("scripts against the packed package, in a project that has nothing else", () => {
  let project: PackedProject;

  before(async () => {
    project = await PackedProject.create();
    const { whole, parts } = documented();
    project.write("package.json", JSON.stringify({ private: true }));
    project.write("tsconfig.json", '{ "extends": "assemblyscript/std/assembly.json", "include": ["*.ts"] }');
    project.write("compile.mjs", COMPILE);
    project.write("example.ts", whole);
    project.write("parts.ts", parts);
    for (const name of EXAMPLES) project.copy(`examples/scripts/${name}.ts`, `${name}.ts`);
  });

  after(() => project.remove());

  const compileExample = (node: string, ...flags: string[]): Promise<string> =>
    project.run(node, ASC, "example.ts", "-o", "example.wasm", ...flags);

  async function start(name: string, options: RunOptions): Promise<ScriptRun> {
    return new ScriptRun(await WebAssembly.compile(project.read(`${name}.wasm`)), options);
  }

  for (const node of nodes()) {
    it(`compile with ${node}`, async () => {
      await compileExample(node, "-O3", "--transform", "http-background/transform");
      const run = await start("example", { answer: () => ({ status: 200, content: "fine" }) });
      assert.equal(await run.call("main"), "200: fine\n");
      await project.run(node, "compile.mjs", "parts", ...EXAMPLES);
    });
  }

  it("compile with the transform in asconfig.json", async () => {
    const config = { options: { runtime: "stub", transform: ["http-background/transform"] } };
    project.write("asconfig.json", JSON.stringify(config));
    await compileExample(process.execPath);
    const error = "Timeout was reached";
    const run = await start("example", { answer: () => ({ error, code: "OPERATION_TIMEDOUT" }) });
    assert.equal(await run.call("main"), `failed: ${error}\n`);
  });

  it("are what an editor takes them for", async () => {
    assert.equal(await project.run(process.execPath, TSC, "--noEmit", "-p", "."), "");
  });

  it("are refused by an editor where they are wrong", async () => {
    const code = 'http_background("a", "b", { timeot: 1 }, new Form().add("c", {}));';
    project.write("wrong.ts", IMPORTS + code);
    const tsc = project.run(process.execPath, TSC, "--noEmit", "-p", ".");
    await assert.rejects(tsc, ({ message }: Error) => {
      assert.match(message, /^wrong\.ts\(4,.*'timeot' does not exist/m);
      assert.match(message, /^wrong\.ts.*\n.*Property 'data' is missing/m);
      return true;
    });
  });

  it("export what the editor is told", () => {
    const listed = /export \{([^}]*)\}/.exec(readText("assembly/index.ts"))?.[1] ?? "";
    const typed = readText("assembly.d.ts").matchAll(/^export (?:class|function) (\w+)/gm);
    const names = listed.split(",").map((name) => name.trim());
    assert.deepEqual(names.filter((name) => name !== "").sort(), [...typed].map(([, name]) => name).sort());
  });

  it("try a webhook again until it is delivered", async () => {
    const answers: Answer[] = [
      { status: 503, content: "" },
      { error: "Timeout was reached", code: "OPERATION_TIMEDOUT" },
      { status: 204, content: "" },
    ];
    const run = await start("webhook", { args: ["http://a/"], answer: () => answers.shift() as Answer });
    const output = "attempt 1: status 503\nattempt 2: Timeout was reached\ndelivered with attempt 3\n";
    assert.equal(await run.call("main"), output);
    const headers = run.asked.map((args) => (args as { headers: string[] }[])[2]?.headers.at(-1));
    assert.deepEqual(headers, ["X-Attempt: 1", "X-Attempt: 2", "X-Attempt: 3"]);
  });

  it("do not try a webhook again that is refused", async () => {
    const run = await start("webhook", { args: ["http://a/"], answer: () => ({ status: 400, content: "" }) });
    assert.equal(await run.call("main"), "attempt 1: status 400\n");
  });

  it("upload a mail as it was granted", async () => {
    const run = await start("mail", {
      args: ["http://a/"],
      granted: { "1:mail": 7 },
      files: { 7: Buffer.from("Subject: x\r\n\r\n") },
      answer: () => ({ status: 201, content: "thanks" }),
    });
    assert.equal(await run.call("main"), "uploaded 14 bytes: 201\nthanks\n");
    const [, , , form] = run.asked[0] as [string, string, object, Record<string, Record<string, string>>];
    assert.deepEqual(Object.keys(form), ["sender", "mail"]);
    assert.equal(form.mail?.encoder, "base64");
  });

  it("do many requests in sequence, and hold no content", async () => {
    const answer = (args: unknown): Answer => {
      const number = Number(/\d+$/.exec(String((args as unknown[])[1])));
      if (number % 10 === 9) return { error: "Timeout was reached", code: "OPERATION_TIMEDOUT" };
      return number % 2 === 0 ? { status: 200, content: "even" } : { status: 404, content: "odd" };
    };
    const run = await start("sequence", { args: ["http://a", "200"], answer });
    const output = "100 × status 200\n80 × status 404\n20 × failed\n400 bytes\n";
    assert.equal(await run.call("main"), output);
    assert.equal(run.contents.size, 0);
  });
});
