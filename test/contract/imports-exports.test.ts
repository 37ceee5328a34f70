import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VARIANTS } from "../support/variants.ts";

/** The imports and exports of the plugin. A change here is a change of the contract. */
const IMPORTS = [
  "function env.abort",
  "function http_background.has_thread",
  "function http_background.perform",
  "function http_background.random",
];
const EXPORTS = [
  "function http_background_alloc",
  "function http_background_call",
  "function http_background_encode",
  "function http_background_resume",
  "global http_background_arena_top",
  "memory memory",
];

for (const { name, wasm } of VARIANTS) {
  describe(`plugin module (${name})`, () => {
    const module = new WebAssembly.Module(Uint8Array.from(wasm));

    it("imports four functions", () => {
      const imports = WebAssembly.Module.imports(module).map(
        (entry) => `${entry.kind} ${entry.module}.${entry.name}`,
      );
      assert.deepEqual(imports.sort(), IMPORTS);
    });

    it("exports a call and how it goes on, an allocator, an encoder, and its memory", () => {
      const exports = WebAssembly.Module.exports(module).map((entry) => `${entry.kind} ${entry.name}`);
      assert.deepEqual(exports.filter((line) => !line.includes("_global_")).sort(), EXPORTS);
    });

    it("exports every mutable global", () => {
      const globals = WebAssembly.Module.exports(module).filter((entry) => entry.name.includes("_global_"));
      assert.ok(globals.length > 0);
      assert.deepEqual(
        globals.map((entry) => entry.name),
        globals.map((_, i) => `http_background_global_${i}`),
      );
    });
  });
}
