import {
  IMPORT_ARGUMENTS,
  IMPORT_CALL,
  IMPORT_ECHO,
  IMPORT_HEADER,
  IMPORT_MODULE,
  IMPORT_READ,
  IMPORT_RELEASE,
  IMPORT_RESOURCE,
  IMPORT_SIZE,
  IMPORT_START,
  IMPORT_URL,
  IMPORT_WAIT,
  IMPORT_WAIT_ANY,
} from "../../../assembly/abi.ts";

/** The imports that a script may have, by module and name, with their parameters and results in the binary format. */
export const SIGNATURES: ReadonlyMap<string, string> = new Map([
  [`${IMPORT_MODULE}.${IMPORT_CALL}`, "i32 i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_START}`, "i32 i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_WAIT}`, "i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_WAIT_ANY}`, "i32 i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_ECHO}`, "i32 i32 ->"],
  [`${IMPORT_MODULE}.${IMPORT_ARGUMENTS}`, "-> i32"],
  [`${IMPORT_MODULE}.${IMPORT_RESOURCE}`, "i32 i32 i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_SIZE}`, "i32 -> f64"],
  [`${IMPORT_MODULE}.${IMPORT_READ}`, "i32 f64 i32 i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_HEADER}`, "i32 i32 i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_URL}`, "i32 -> i32"],
  [`${IMPORT_MODULE}.${IMPORT_RELEASE}`, "i32 ->"],
  ["env.abort", "i32 i32 i32 i32 ->"],
  ["env.seed", "-> f64"],
]);

const HEAD_IMPORTS: readonly string[] = [IMPORT_HEADER, IMPORT_URL];

/** Whether a script may ask for the headers or the URL of a reply. */
export function asksForHeads(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ name }) => HEAD_IMPORTS.includes(name));
}
