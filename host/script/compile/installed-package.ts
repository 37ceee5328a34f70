import { join } from "node:path";

/**
 * The path of a module of a package that is installed for a folder, such as `assemblyscript/package.json`; undefined if
 * it is not.
 */
export function findInstalled(name: string, folder: string): string | undefined {
  try {
    return requireFrom(join(folder, "script.js")).resolve(name);
  } catch {
    return undefined;
  }
}

/** Bundlers must not see it: webpack would answer itself, and a banner of esbuild's has this name, too. */
export function requireFrom(path: string): NodeJS.Require {
  return process.getBuiltinModule("node:module").createRequire(path);
}
