import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ABI_SECTION, ABI_VERSION } from "../../assembly/abi.ts";
import { Plugin } from "../../host/guest/plugin.ts";
import { assemble } from "../support/assemble.ts";
import { join, section } from "../support/wasm-bytes.ts";

/** A string as AssemblyScript has it in its memory: its size in bytes, then UTF-16. */
function stringAt(ptr: number, text: string): string {
  const bytes = Buffer.alloc(4 + 2 * text.length);
  bytes.writeUInt32LE(2 * text.length);
  bytes.write(text, 4, "utf16le");
  const hex = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  return `(data (i32.const ${ptr - 4}) "${hex}")`;
}

/** A plugin whose call aborts with these two addresses. */
function aborting(message: number, file: number): Promise<Plugin> {
  const bytes = assemble(`
    (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
    (import "http_background" "perform" (func $perform (param i32 i32)))
    (memory (export "memory") 1)
    ${stringAt(64, "planted")} ${stringAt(128, "assembly/request.ts")}
    (global $top (mut i32) (i32.const 1024))
    (func (export "http_background_alloc") (param i32) (result i32)
      (global.set $top (i32.add (global.get $top) (local.get 0)))
      (i32.sub (global.get $top) (local.get 0)))
    (func (export "http_background_call") (param i32 i32) (result i32)
      (call $abort (i32.const ${message}) (i32.const ${file}) (i32.const 19) (i32.const 3))
      (call $perform (i32.const 0) (i32.const 0))
      (i32.const 0))
    (func (export "http_background_resume") (param i32) (result i32) (local.get 0))`);
  const version = section(0, join(ABI_SECTION), Buffer.from(String(ABI_VERSION)));
  return Plugin.load(Buffer.concat([bytes, version]), {
    hasThread: () => true,
    answerTo: () => new Uint8Array(),
  });
}

describe("a plugin that aborts", () => {
  const call = async (plugin: Plugin): Promise<Buffer> =>
    plugin.call(new Uint8Array(), async () => new Uint8Array());

  it("says why, and at which place", async () => {
    await assert.rejects(call(await aborting(64, 128)), {
      code: "GUEST_TRAPPED",
      message: "the guest trapped: abort: planted at assembly/request.ts:19:3",
    });
  });

  it("says nothing that it cannot read", async () => {
    await assert.rejects(call(await aborting(0, 0x7fff_0000)), {
      code: "GUEST_TRAPPED",
      message: "the guest trapped: abort:  at :19:3",
    });
  });
});
