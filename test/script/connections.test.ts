import assert from "node:assert/strict";
import { it } from "node:test";
import { createHttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { assembleScript, call } from "../support/script-wat.ts";

it("one script leaves half of a thread's connections to the application and to other scripts", async () => {
  const gate = await GateServer.start();
  const http = await createHttpBackground({ threads: [{ id: "default", max_total: 4 }] });
  const runtime = createScriptRuntime({ http, allow: [gate.base], workers: 1 });
  const body = `(func (export "main") (drop ${call("args")}))`;
  const wasm = assembleScript({ body, data: { args: ["default", gate.base] } });
  const [one, two] = [await runtime.load(wasm), await runtime.load(wasm)];
  const runs = [1, 2, 3, 4, 5].map(() => one.run());
  await gate.holds(2);
  runs.push(two.run());
  await gate.holds(3);
  const own = http.http_background("default", gate.base);
  await gate.holds(4);
  gate.stayOpen();
  assert.equal((await own).status, 200);
  await Promise.all(runs);
  await runtime.close();
  await http.close();
  await gate.close();
});
