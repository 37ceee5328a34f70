import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HttpBackgroundError } from "../../host/index.ts";
import { compileScript, type Script, type ScriptRuntime } from "../../host/script/index.ts";
import { ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript } from "../support/script-wat.ts";

const MODULE = assembleScript({ body: '(func (export "main"))' });

/** The functions that take options. */
type Taker = "run" | "load" | "compile" | "compileScript" | "createScriptRuntime" | "limits";

/** Wrong options, the name that is refused, and the right name that is similar. */
const UNKNOWN: readonly (readonly [
  taker: Taker,
  options: object,
  option: string,
  meant: string | undefined,
])[] = [
  ["run", { alow: [] }, "alow", "allow"],
  ["run", { policy: {} }, "policy", undefined],
  ["run", { limit: { requests: 1 } }, "limit", "limits"],
  ["run", { timout: 1 }, "timout", "timeout"],
  ["run", { Timeout: undefined }, "Timeout", "timeout"],
  ["run", { arguments: [] }, "arguments", undefined],
  ["run", { arg: [] }, "arg", "args"],
  ["run", { file: {} }, "file", "files"],
  ["run", { privatekeys: {} }, "privatekeys", "privateKeys"],
  ["run", { X509: {} }, "X509", "x509"],
  ["run", { abort: undefined }, "abort", undefined],
  ["load", { sourcemap: "" }, "sourcemap", "sourceMap"],
  ["load", { packages: [] }, "packages", undefined],
  ["compile", { optimizelevel: 1 }, "optimizelevel", "optimizeLevel"],
  ["compile", { asc: "x" }, "asc", undefined],
  ["compileScript", { package: [] }, "package", "packages"],
  ["compileScript", { acs: "x" }, "acs", "asc"],
  ["createScriptRuntime", { blocks: [] }, "blocks", "block"],
  ["createScriptRuntime", { environmentproxy: true }, "environmentproxy", "environmentProxy"],
  ["createScriptRuntime", { timeout: 1 }, "timeout", undefined],
  ["limits", { request: 1 }, "limits.request", "requests"],
  ["limits", { memory: undefined }, "limits.memory", undefined],
  ["limits", { outputbytes: 5 }, "limits.outputbytes", "outputBytes"],
];

/** Values that are not options, or that grant nothing although they seem to. */
const MALFORMED: readonly (readonly [taker: Taker, options: unknown, option: string])[] = [
  ["run", null, "options"],
  ["run", 5, "options"],
  ["run", [], "options"],
  ["run", { files: "mail" }, "files"],
  ["run", { files: new Map([["mail", "x"]]) }, "files"],
  ["run", { files: null }, "files"],
  ["run", { x509: 5 }, "x509"],
  ["run", { privateKeys: ["a"] }, "privateKeys"],
  ["load", null, "options"],
  ["load", { sourceMap: {} }, "sourceMap"],
  ["compile", null, "options"],
  ["compileScript", null, "options"],
  ["createScriptRuntime", { asc: 5 }, "asc"],
  ["createScriptRuntime", { limits: 5 }, "limits"],
  ["createScriptRuntime", { limits: null }, "limits"],
];

describe("options of scripts", () => {
  let world: ScriptWorld;
  let runtime: ScriptRuntime;
  let script: Script;
  before(async () => {
    world = await ScriptWorld.create();
    runtime = world.runtime();
    script = await runtime.load(MODULE);
  });
  after(() => world.close());

  const take = async (taker: Taker, options: never): Promise<unknown> => {
    switch (taker) {
      case "run":
        return script.run("main", options);
      case "load":
        return runtime.load(MODULE, options);
      case "compile":
        return runtime.compile("none.ts", options);
      case "compileScript":
        return compileScript("none.ts", options);
      case "createScriptRuntime":
        return world.runtime(options);
      case "limits":
        return world.runtime({ limits: options });
    }
  };
  const refusalOf = async (taker: Taker, options: unknown): Promise<HttpBackgroundError> => {
    const error = await take(taker, options as never).then(
      () => assert.fail("it was taken"),
      (refusal: unknown) => refusal,
    );
    assert.ok(error instanceof HttpBackgroundError, String(error));
    const isOfRuntime = taker === "createScriptRuntime" || taker === "limits";
    assert.equal(error.code, isOfRuntime ? "BAD_CONFIG" : "BAD_ARGUMENT");
    return error;
  };

  for (const [taker, options, option, meant] of UNKNOWN) {
    it(`that ${taker} does not know are refused: ${option}, ${meant ?? "like none"}`, async () => {
      const refusal = await refusalOf(taker, options);
      assert.equal(refusal.option, option);
      assert.ok(refusal.message.startsWith(option), refusal.message);
      const [, question] = /; did you mean (\w+)\?$/.exec(refusal.message) ?? [];
      assert.equal(question, meant, refusal.message);
    });
  }

  for (const [taker, options, option] of MALFORMED) {
    it(`of ${taker} that are none are refused: ${JSON.stringify(options)}`, async () => {
      assert.equal((await refusalOf(taker, options)).option, option);
    });
  }

  it("may be undefined, each and all", async () => {
    const absent = {
      args: undefined,
      files: undefined,
      x509: undefined,
      signal: undefined,
      timeout: undefined,
    };
    await script.run("main", absent);
    await script.run(undefined, undefined);
    await runtime.load(MODULE, { sourceMap: undefined });
    world.runtime({ limits: undefined, block: undefined });
    world.runtime({ limits: { requests: undefined } });
    await script.run("main", { files: Object.create(null) });
  });
});
