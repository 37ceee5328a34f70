import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodes, PackedProject } from "../support/packed-project.ts";

/** A request, a script in a worker thread that makes another one, and one in JavaScript. The compiled one is compiled only once: that takes seconds. */
const USE = `
  const { existsSync, readFileSync, writeFileSync } = await import("node:fs");
  const { createHttpBackground } = library, { createScriptRuntime } = scripts;
  const http = await createHttpBackground({ threads: [{ id: "default" }] });
  const { status } = await http.http_background("default", process.argv[2]);
  const runtime = createScriptRuntime({ http, allow: [new URL(process.argv[2]).origin], workers: 1 });
  if (!existsSync("main.wasm")) {
    const { wasm } = await scripts.compileScript({ name: "main.ts", source: process.argv[3] });
    writeFileSync("main.wasm", wasm);
  }
  const script = await runtime.load(readFileSync("main.wasm"));
  const { output } = await script.run();
  const hook = await runtime.compile({ name: "hook.js", source: "export default () => 6 * 7;" });
  const { result } = await hook.run();
  await runtime.close();
  await http.close();
  console.log(status, output.trim(), result);`;
const SCRIPT = `import { args, echo, http_background } from "http-background/assembly";
  export function main(): void { echo(http_background("default", "URL", null, null).status.toString()); }`;

/** Whether this Node has \`require\` of ES modules. */
const REQUIRES = "process.features.require_module === true";

describe("the published package, in a project that has nothing else", () => {
  let project: PackedProject;
  const server = createServer((_, response) => response.end("fine"));

  before(async () => {
    project = await PackedProject.create();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    project.write("package.json", JSON.stringify({ private: true }));
    const imports = ["", "/script"].map((name) => `import("http-background${name}")`);
    project.write("import.mjs", `const [library, scripts] = await Promise.all([${imports}]);${USE}`);
    const requires = ["", "/script"].map((name) => `require("http-background${name}")`);
    project.write("require.cjs", `const [library, scripts] = [${requires}];(async () => {${USE}})();`);
    project.write("errors.cjs", `module.exports = require("http-background").HttpBackgroundError;`);
  });

  after(async () => {
    project.remove();
    server.close();
  });

  const use = (node: string, file: string): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/`;
    return project.run(node, file, url, SCRIPT.replace("URL", url));
  };

  for (const node of nodes()) {
    it(`makes requests, compiles scripts and runs them in workers: ${node}`, async () => {
      assert.equal(await use(node, "import.mjs"), "200 200 42\n");
    });

    it(`can be required, or says what to do instead: ${node}`, async () => {
      if ((await project.run(node, "-p", REQUIRES)) === "true\n") {
        assert.equal(await use(node, "require.cjs"), "200 200 42\n");
        return;
      }
      await assert.rejects(
        use(node, "require.cjs"),
        /Error: http-background is an ES module, which Node [\d.]+ cannot require: use import, or Node 20\.19,/,
      );
    });
  }

  it("says of a script that Node runs that it runs in the sandbox", async () => {
    for (const library of ["guest", "assembly"]) {
      const script = `import { args, echo, http_background, File } from "http-background/${library}"; echo(args());`;
      project.write("script.mjs", script);
      const sentence = new RegExp(
        `Error: http-background/${library} is for scripts, which run in the sandbox: `,
      );
      for (const node of nodes()) await assert.rejects(project.run(node, "script.mjs"), sentence);
    }
  });

  it("can be imported and required in one process: it is one module", async () => {
    const [node = ""] = nodes();
    if ((await project.run(node, "-p", REQUIRES)) !== "true\n") return;
    project.write(
      "both.mjs",
      `import { HttpBackgroundError } from "http-background";
       import Required from "./errors.cjs";
       console.log(HttpBackgroundError === Required);`,
    );
    assert.equal(await project.run(node, "both.mjs"), "true\n");
  });

  it("changes no object of the language: it runs with --frozen-intrinsics", async () => {
    const [node = ""] = nodes();
    project.write("frozen.mjs", `import "http-background"; import "http-background/script";`);
    await project.run(node, "--frozen-intrinsics", "frozen.mjs");
  });

  it("imports nothing by the name that a banner of esbuild's declares", () => {
    const code = join(project.folder, "node_modules", "http-background", "dist", "package");
    const files = readdirSync(code).filter((name) => name.endsWith(".js"));
    assert.ok(files.length > 3);
    for (const name of files)
      assert.doesNotMatch(readFileSync(join(code, name), "utf8"), /^import [^;]*\bcreateRequire\b/m, name);
  });

  it("needs no OpenTelemetry, and names it where it is needed", async () => {
    const [node = ""] = nodes();
    project.write(
      "otel.mjs",
      `await import("http-background");
       await import("http-background/otel").catch(({ code, message }) => console.log(code, message));`,
    );
    assert.match(await project.run(node, "otel.mjs"), /^ERR_MODULE_NOT_FOUND .*'@opentelemetry\/api'/);
  });

  it("has source maps, which name its sources in stack traces", async () => {
    const [node = ""] = nodes();
    project.write(
      "trace.mjs",
      `import { createHttpBackground } from "http-background";
       await createHttpBackground({ threads: 1 }).catch(({ stack }) => console.log(stack));`,
    );
    const stack = await project.run(node, "--enable-source-maps", "trace.mjs");
    assert.match(stack, /^ +at (async )?createHttpBackground \(.*\/host\/http-background\.ts:\d+:\d+\)$/m);
  });

  it("needs no file but its code, as in a bundled application", async () => {
    const [node = ""] = nodes();
    const home = join(project.folder, "node_modules", "http-background");
    cpSync(join(home, "dist", "package"), join(project.folder, "code"), { recursive: true });
    renameSync(home, `${home}-gone`);
    rmSync(join(project.folder, "main.wasm"));
    const imports = ["index", "script"].map((name) => `import("./code/${name}.js")`);
    project.write("package.json", JSON.stringify({ private: true, type: "module" }));
    project.write("bundled.js", `const [library, scripts] = await Promise.all([${imports}]);${USE}`);
    assert.equal(await use(node, "bundled.js"), "200 200 42\n");
  });
});
