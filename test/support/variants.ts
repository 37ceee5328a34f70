import { readFileSync } from "node:fs";
import { inRoot } from "./root.ts";

/** The builds of the plugin. All suites of the guest run with each of them. */
export const VARIANTS = [
  { name: "release", wasm: readWasm("dist/http-background.wasm") },
  { name: "debug", wasm: readWasm("dist/http-background.debug.wasm") },
] as const;

function readWasm(path: string): Buffer {
  return readFileSync(inRoot(path));
}
