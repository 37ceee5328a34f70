import { readFile } from "node:fs/promises";
import { PACKAGE_ROOT } from "../../package-root.ts";

/** The file of the library of scripts in JavaScript. The published package does not read it. */
const PRELUDE = new URL("dist/prelude.js", PACKAGE_ROOT);

/**
 * The library of scripts in JavaScript, as one script. In the published package it is a part of the code
 * (scripts/package/embedded.js).
 */
export function readPrelude(): Promise<string> {
  return readFile(PRELUDE, "utf8");
}
