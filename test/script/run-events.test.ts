import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import diagnostics from "node:diagnostics_channel";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { RunOptions, Script, ScriptRuntime } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { OK } from "../support/scripted-server.ts";

const CHANNELS = ["run:start", "run:end"];
const BODY = `
  (func (export "main"))
  (func (export "gets") (drop ${call("get")}))
  (func (export "strays") (drop ${call("stray")}))
  (func (export "traps") (unreachable))`;

type Message = Record<string, unknown> & { channel: string };

describe("the events of a run", () => {
  let world: ScriptWorld;
  let runtime: ScriptRuntime;
  let wasm: Uint8Array;
  let seen: Message[];
  /** Called with every event. */
  let act: (message: Message) => void;
  const listen = (message: unknown, name: string | symbol): void => {
    seen.push({ channel: String(name).replace("http-background:", ""), ...(message as object) });
    act(seen.at(-1) as Message);
  };

  before(async () => {
    world = await ScriptWorld.create([], { otherwise: OK });
    const { base } = world.server;
    wasm = assembleScript({
      body: BODY,
      data: { get: ["default", base], stray: ["default", "http://10.0.0.1"] },
    });
    for (const name of CHANNELS) diagnostics.subscribe(`http-background:${name}`, listen);
  });
  after(async () => {
    for (const name of CHANNELS) diagnostics.unsubscribe(`http-background:${name}`, listen);
    await world.close();
  });
  beforeEach(() => {
    seen = [];
    act = () => {};
    runtime = world.runtime({ limits: { concurrentRuns: 1, queuedRuns: 1 } });
  });
  afterEach(() => runtime.destroy());

  const load = (name?: string): Promise<Script> => runtime.load(wasm, { name });

  it("tell of its start and its end, with the names that it was given, and what it used", async () => {
    const script = await load("hook");
    const { usage } = await script.run("gets", { tenant: "acme" });
    const about = { run: seen[0]?.run, script: "hook", tenant: "acme" };
    const tookMs = seen[1]?.tookMs;
    assert.ok(typeof about.run === "number" && typeof tookMs === "number" && tookMs >= usage.cpuMs);
    assert.deepEqual(seen, [
      { channel: "run:start", ...about, entry: "gets" },
      { channel: "run:end", ...about, usage, tookMs },
    ]);
    await script.run();
    assert.ok((seen[2]?.run as number) > about.run);
  });

  it("have null for what was not given", async () => {
    await (await load()).run();
    for (const { script, tenant } of seen) assert.deepEqual([script, tenant], [null, null]);
  });

  it("have the name of what was compiled", async () => {
    const script = await runtime.compile({
      name: "hooks/greet.ts",
      source: "export function main(): void {}",
    });
    await script.run();
    assert.deepEqual(
      seen.map((message) => message.script),
      ["hooks/greet.ts", "hooks/greet.ts"],
    );
  });

  it("say why it was rejected", async () => {
    const script = await load();
    const { code, usage } = await failureOf(script.run("traps"));
    assert.deepEqual([seen[1]?.code, seen[1]?.usage, code], ["SCRIPT_TRAPPED", usage, "SCRIPT_TRAPPED"]);
    const controller = new AbortController();
    const aborted = failureOf(script.run("gets", { signal: controller.signal }));
    const throws = (): never => {
      throw new Error("no");
    };
    controller.abort();
    await aborted;
    const talking = await runtime.load(
      assembleScript({
        body: `(func (export "main") (call $echo (i32.const 0) (i32.const 1)))`,
      }),
    );
    await failureOf(talking.run("main", { onOutput: throws }));
    assert.deepEqual([seen[3]?.code, seen[5]?.code], ["ABORTED_BY_CALLBACK", "ABORTED_BY_CALLBACK"]);
  });

  it("are one start and one end for each run, also for those that never began", async () => {
    const script = await load();
    const runs = [1, 2, 3].map(() => script.run("gets").catch((error) => error.code));
    assert.equal(await runs[2], "QUEUE_LIMIT");
    await Promise.all(runs);
    const channels = new Map<unknown, string[]>();
    for (const { run, channel } of seen) channels.set(run, [...(channels.get(run) ?? []), channel]);
    assert.deepEqual([...channels.values()], [CHANNELS, CHANNELS, CHANNELS]);
  });

  it("have the number and the tenant that the events of its calls have", async () => {
    const script = await load();
    const about: Record<string, [unknown, unknown][]> = {};
    const hear = (message: unknown, name: string | symbol): void => {
      const { run, tenant } = message as Message;
      about[String(name)] ??= [];
      about[String(name)]?.push([run, tenant]);
    };
    const channels = ["call:start", "response", "call:end", "policy:denied"].map(
      (name) => `http-background:${name}`,
    );
    for (const name of channels) diagnostics.subscribe(name, hear);
    try {
      await script.run("gets", { tenant: "acme" });
      await script.run("strays");
      await world.http.http_background("default", world.server.base);
    } finally {
      for (const name of channels) diagnostics.unsubscribe(name, hear);
    }
    const [gets, strays] = [
      [seen[0]?.run, "acme"],
      [seen[2]?.run, null],
    ];
    const none = [undefined, undefined];
    assert.deepEqual(about, {
      "http-background:call:start": [gets, strays, none],
      "http-background:response": [gets, none],
      "http-background:call:end": [gets, strays, none],
      "http-background:policy:denied": [strays],
    });
  });

  it("are published in the context of the caller", async () => {
    const storage = new AsyncLocalStorage<number>();
    const script = await load();
    const contexts: unknown[] = [];
    act = ({ tenant }) => contexts.push([tenant, storage.getStore()]);
    await Promise.all([1, 2].map((i) => storage.run(i, () => script.run("gets", { tenant: String(i) }))));
    for (const [tenant, context] of contexts as [string, number][]) assert.equal(Number(tenant), context);
    assert.equal(contexts.length, 4);
  });

  it("may be answered by ending the run, before it begins", async () => {
    const script = await load();
    const controller = new AbortController();
    act = ({ channel }) => (channel === "run:start" ? controller.abort(new Error("enough")) : undefined);
    await assert.rejects(script.run("main", { signal: controller.signal }), /enough/);
    act = () => {};
    await script.run();
    act = ({ channel }) => void (channel === "run:start" ? runtime.destroy() : undefined);
    assert.equal((await failureOf(script.run())).code, "CLOSED");
  });

  it("may be answered by another run, at its end", async () => {
    const script = await load();
    let next: Promise<unknown> | undefined;
    act = ({ channel }) => {
      if (channel === "run:end") next ??= script.run();
    };
    await script.run();
    await next;
    assert.equal(seen.length, 4);
  });

  it("have names that are text of 1 to 256 characters", async () => {
    const script = await load("n".repeat(256));
    await script.run("main", { tenant: "t".repeat(256) });
    for (const wrong of ["", "x".repeat(257), null, 5, {}]) {
      const given = { tenant: wrong } as RunOptions;
      await assert.rejects(script.run("main", given), { code: "BAD_ARGUMENT", option: "tenant" });
      await assert.rejects(load(wrong as string), { code: "BAD_ARGUMENT", option: "name" });
    }
    assert.equal(seen.length, 2);
  });
});
