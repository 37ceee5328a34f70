import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../../host/package-root.ts";

/** Path of the project's folder, both for the sources and for the compiled files in `dist/`. */
export const ROOT = fileURLToPath(PACKAGE_ROOT);

/** Path of a file of the project, also of a built one: `dist/http-background.wasm`. */
export function inRoot(path: string): string {
  return `${ROOT}${path}`;
}

/** Text of a file of the project. */
export function readText(path: string): string {
  return readFileSync(inRoot(path), "utf8");
}
