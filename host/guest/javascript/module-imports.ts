import type { JavaScriptSuspension, Loading } from "./javascript-suspension.ts";
import { resolveImport, shownName } from "./module-names.ts";

/** @returns The address of the name, which the engine frees; 0 if an error was thrown */
export function resolveModule(
  { quickjs, loading }: JavaScriptSuspension,
  importer: number,
  name: number,
): number {
  const specifier = quickjs.textAt(name);
  try {
    // In a run, a script imports only what is loaded, whoever gave it.
    const resolve = loading?.resolve ?? resolveLoaded;
    return quickjs.putText(resolve(quickjs.textAt(importer), specifier)).ptr;
  } catch (error) {
    return quickjs.throwText((error as Error).message);
  }
}

/** @returns The address of the text, which the engine frees; 0 if an error was thrown */
export function loadModule(
  { quickjs, loading }: JavaScriptSuspension,
  name: number,
  lengthPlace: number,
): number {
  const wanted = quickjs.textAt(name);
  const source = loading?.read(wanted);
  if (source === undefined) {
    const reason =
      loading === undefined ? "; a script loads its modules when it is loaded" : hintFor(wanted, loading);
    return quickjs.throwText(`there is no module ${shownName(wanted)}${reason}`);
  }
  const { ptr, length } = quickjs.putText(source);
  quickjs.memory.writeU32(lengthPlace, length);
  return ptr;
}

/** Other programs find modules without the ends of their names. */
const ENDS = [".js", ".ts", ".mjs", ".mts", ".cts", "/index.js", "/index.ts"];

function hintFor(wanted: string, loading: Loading): string {
  const end = ENDS.find((candidate) => isThere(wanted + candidate, loading));
  return end === undefined ? "" : `; there is one with "${end}" at the end of its name`;
}

function isThere(name: string, { read }: Loading): boolean {
  try {
    return read(name) !== undefined;
  } catch {
    // Such as one with a mistake.
    return true;
  }
}

function resolveLoaded(importer: string, specifier: string): string {
  return resolveImport(importer, specifier, () => true);
}
