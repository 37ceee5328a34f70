import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { moduleUrl } from "../../host/package-root.ts";
import { createScriptRuntime, type Script, type ScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

describe("closing a runtime", () => {
  let gate: GateServer;
  let http: HttpBackground;
  let runtime: ScriptRuntime;
  let script: Script;
  before(async () => {
    gate = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
  });
  after(async () => {
    await http.destroy();
    await gate.close();
  });
  beforeEach(async () => {
    runtime = createScriptRuntime({ http, allow: [gate.base] });
    const body = `(func (export "main") (drop ${call("args")}))`;
    script = await runtime.load(assembleScript({ body, data: { args: ["default", gate.base] } }));
  });
  afterEach(() => runtime.destroy());

  it("resolves for everybody who asks for it, when the last run is over", async () => {
    const run = script.run();
    await gate.holds(1);
    let closed = 0;
    const closings = [runtime.close(), runtime.close(), runtime[Symbol.asyncDispose]()].map((closing) =>
      closing.then(() => closed++),
    );
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed, 0);
    gate.open();
    await Promise.all([run, ...closings]);
    await runtime.close();
    assert.equal((await failureOf(script.run())).code, "CLOSED");
  });

  it("resolves when the runtime is destroyed meanwhile, twice", async () => {
    const run = failureOf(script.run());
    await gate.holds(1);
    await Promise.all([runtime.close(), runtime.destroy(), runtime.close(), runtime.destroy()]);
    assert.equal((await run).code, "CLOSED");
    await gate.holds(0);
  });
});

describe("scripts of runtimes that are gone", () => {
  it("are collected, however their runs ended", async () => {
    const file = fileURLToPath(moduleUrl(new URL("../support/collected.js", import.meta.url)));
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", file]);
    assert.deepEqual(JSON.parse(stdout), { made: 80, alive: 0 });
  });
});
