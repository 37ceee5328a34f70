import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** The compiled engine. In the published package it is a part of the code (scripts/package/embedded.js). */
export function readQuickJsWasm(): Promise<Uint8Array> {
  return readFile(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm"));
}
