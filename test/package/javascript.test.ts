import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createHttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { readText } from "../support/root.ts";

const [HOOK = "", RUN = "", TEXT = "", ...REST] = [
  ...readText("docs/javascript.md").matchAll(/```js\n(.*?)```/gs),
].map(([, code = ""]) => code);

/** Runs code of an application, as it is written. @returns What it logs */
async function logsOf(code: string, runtime: ScriptRuntime, base: string): Promise<unknown[]> {
  const logged: unknown[] = [];
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const log = (...values: unknown[]) => logged.push(...values);
  await AsyncFunction("runtime", "base", "console", code)(runtime, base, { log });
  return logged;
}

describe("docs/javascript.md", () => {
  it("has a script, and how it is run, that work as they are written", async () => {
    const folder = await mkdtemp(join(tmpdir(), "http-background-javascript-"));
    const server = createServer((request, response) => {
      response.end(request.url === "/user" ? '{"name":"Ada"}' : "[1,2]");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    const runtime = createScriptRuntime({ http, allow: [base], workers: 1 });
    try {
      await writeFile(join(folder, "hook.js"), HOOK);
      const code = RUN.replace('"hook.js"', JSON.stringify(join(folder, "hook.js")));
      assert.deepEqual(await logsOf(code, runtime, base), [true, "200 Ada 2\n"]);
      assert.deepEqual(await logsOf(TEXT, runtime, base), ["HELLO"]);
      assert.deepEqual(REST, []);
    } finally {
      await runtime.destroy();
      await http.destroy();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
