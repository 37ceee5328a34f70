import { readFile } from "node:fs/promises";
import { PACKAGE_ROOT } from "./package-root.ts";

/** The file of the compiled plugin. The published package does not read it. */
export const PLUGIN_WASM = new URL("dist/http-background.wasm", PACKAGE_ROOT);

/** The compiled plugin. In the published package it is a part of the code (scripts/package/embedded.js). */
export function readPluginWasm(): Promise<Uint8Array> {
  return readFile(PLUGIN_WASM);
}
