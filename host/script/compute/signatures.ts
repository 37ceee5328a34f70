import {
  IMPORT_ARGUMENTS,
  IMPORT_CALL,
  IMPORT_ECHO,
  IMPORT_MODULE,
  IMPORT_READ,
  IMPORT_RELEASE,
  IMPORT_RESOURCE,
  IMPORT_SIZE,
  IMPORT_START,
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
  [`${IMPORT_MODULE}.${IMPORT_RELEASE}`, "i32 ->"],
  ["env.abort", "i32 i32 i32 i32 ->"],
  ["env.seed", "-> f64"],
]);
