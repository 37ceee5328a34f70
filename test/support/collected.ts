// Runs in its own process, with --expose-gc. Prints how many scripts stay in memory when nothing refers to them any
// more.
import { createHttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "./gate-server.ts";
import { assembleScript, call, echo } from "./script-wat.ts";

const SCRIPTS = 40;
/** Maximum number of collections, with turns of the event loop between them. */
const PATIENCE = 50;

const BODY = `(func (export "main") ${echo("text")})
  (func (export "waits") (drop ${call("args")}))
  (func (export "traps") (i32.store (i32.const 9000) (i32.const 1)) (unreachable))
  (func (export "grows") (drop (memory.grow (i32.const 1))) (drop ${call("args")}))`;

const gate = await GateServer.start();
const http = await createHttpBackground({ threads: [{ id: "default" }] });
// biome-ignore lint/suspicious/noExplicitAny: Node's own types have it under a flag
const collect = (globalThis as any).gc as () => void;

async function use(number: number): Promise<WeakRef<object>[]> {
  const runtime = createScriptRuntime({ http, allow: [gate.base] });
  const data = { text: `${number}`, args: ["default", gate.base] };
  const script = await runtime.load(assembleScript({ body: BODY, data }));
  await script.run();
  await script.run("traps").catch(() => {});
  const waiting = Promise.allSettled([script.run("waits"), script.run("grows")]);
  await gate.holds(2);
  // Some runs end together with their runtime, some before.
  if (number % 2 === 0) gate.open();
  else await runtime.destroy();
  await waiting;
  await runtime.destroy();
  await gate.holds(0);
  return [new WeakRef(runtime), new WeakRef(script)];
}

/** A separate function, because values of a frame stay in memory as long as the frame. */
async function useAll(): Promise<WeakRef<object>[]> {
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < SCRIPTS; i++) refs.push(...(await use(i)));
  return refs;
}

const refs = await useAll();
const alive = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
for (let i = 0; i < PATIENCE && alive() > 0; i++) {
  // The target of a WeakRef that was read in this turn stays until the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}
console.log(JSON.stringify({ made: refs.length, alive: alive() }));
await http.destroy();
await gate.close();
