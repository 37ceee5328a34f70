// The project's folder and its files. Paths begin in this folder and use slashes.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folders whose TypeScript is compiled to JavaScript, or to WebAssembly. */
export const SOURCE_FOLDERS = ["assembly", "bench", "examples", "host", "test", "transform"];

export function inRoot(path) {
  return join(root, path);
}

export function read(path) {
  return readFileSync(inRoot(path), "utf8");
}

/** The files below a folder, sorted. The list is empty if there is no such folder. */
export function filesIn(folder) {
  try {
    return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll("\\", "/"),
      )
      .sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/** Whether it is TypeScript that Node runs. That of the guest and of scripts is not. */
export function isHostSource(path) {
  if (/^(assembly|examples\/scripts|test\/assembly)\//.test(path)) return path === "assembly/abi.ts";
  return path.endsWith(".ts") && !path.endsWith(".d.ts");
}
