import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import binaryen from "binaryen";
import * as abi from "../../assembly/abi.ts";
import { SIGNATURES } from "../../host/script/compute/signatures.ts";
import { readText } from "../support/root.ts";
import { ScriptWorld } from "../support/script-runtime.ts";

const PAGE = readText("docs/abi.md");

describe("docs/abi.md", () => {
  let world: ScriptWorld;
  before(async () => {
    world = await ScriptWorld.create();
  });
  after(() => world.close());

  it("has an example that does what it says, although no transform of ours has seen it", async () => {
    const [, text = ""] = /```wat\n(.*?)```/s.exec(PAGE) ?? [];
    const module = binaryen.parseText(text);
    module.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
    const script = await world.runtime().load(module.emitBinary());
    module.dispose();
    const { output } = await script.run("main", { args: [`${world.server.base}/by-hand`] });
    assert.equal(output, "ok");
    assert.equal(world.server.requests.at(-1)?.target, "/by-hand");
  });

  it("lists every import with its type", () => {
    const rows = [...PAGE.matchAll(/^\| `((?:http_background|env)\.\w+)` \| `(.*?)` \|/gm)];
    const documented = rows.map(([, name = "", type = ""]): [string, string] => [name, plainType(type)]);
    assert.deepEqual(new Map(documented), new Map(SIGNATURES));
  });

  it("names the allocator and the numbers of extensions as they are", () => {
    assert.ok(PAGE.includes(`\`${abi.EXPORT_ALLOC}\``));
    for (const number of [abi.EXT_FILE, abi.EXT_X509, abi.EXT_PRIVATE_KEY, abi.EXT_FILE_BYTES]) {
      assert.ok(PAGE.includes(`| extension ${number}: `), String(number));
    }
    assert.ok(PAGE.includes(`Values nest up to ${abi.MAX_DEPTH} deep`));
  });
});

/** Converts `(ptr i32, len i32) -> i32` to `i32 i32 -> i32`. */
function plainType(type: string): string {
  const [, parameters = "", result = ""] = /^\((.*?)\)(?: -> (.*))?$/.exec(type) ?? [];
  const types = parameters.split(", ").map((parameter) => parameter.split(" ")[1] ?? "");
  return [...types.filter((name) => name !== ""), "->", ...(result === "" ? [] : [result])].join(" ");
}
