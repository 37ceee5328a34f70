import { PACKAGE_ROOT } from "./package-root.ts";

// In the package it is named from here, so that a bundler finds it.
const IN_PACKAGE = new URL("../http-background.wasm", import.meta.url);

/** The compiled plugin. */
export const PLUGIN_WASM = import.meta.url.endsWith(".ts")
  ? new URL("dist/http-background.wasm", PACKAGE_ROOT)
  : IN_PACKAGE;
