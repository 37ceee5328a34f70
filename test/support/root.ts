import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PACKAGE_ROOT } from "../../host/package-root.ts";

/** Path of the project's folder, whether these are its sources or what was compiled into `dist/`. */
export const ROOT = fileURLToPath(PACKAGE_ROOT);

/** Path of a file of the project, of what was built too: `dist/http-background.wasm`. */
export function inRoot(path: string): string {
  return `${ROOT}${path}`;
}

/** Text of a file of the project. */
export function readText(path: string): string {
  return readFileSync(inRoot(path), "utf8");
}
