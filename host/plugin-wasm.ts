import { PACKAGE_ROOT } from "./package-root.ts";

// A bundler finds the file only if its name stands here, relative to this module.
const IN_PACKAGE = new URL("../http-background.wasm", import.meta.url);

/** The compiled plugin. */
export const PLUGIN_WASM = import.meta.url.endsWith(".ts")
  ? new URL("dist/http-background.wasm", PACKAGE_ROOT)
  : IN_PACKAGE;
