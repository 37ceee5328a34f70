import { readFileSync } from "node:fs";

/** The builds of the plugin: every suite of the guest runs over each. */
export const VARIANTS = [
  { name: "release", wasm: readWasm("http-background.wasm") },
  { name: "debug", wasm: readWasm("http-background.debug.wasm") },
] as const;

function readWasm(file: string): Buffer {
  return readFileSync(new URL(`../../${file}`, import.meta.url));
}
