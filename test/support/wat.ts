import { IMPORT_CALL, IMPORT_MODULE } from "../../assembly/abi.ts";
import { assemble } from "./assemble.ts";

/**
 * The parts of every hand-written guest: memory, a bump allocator, the import that suspends.
 * It takes bytes and returns a record. `$answer` is the first byte of the last record.
 */
const PRELUDE = `
  (import "${IMPORT_MODULE}" "${IMPORT_CALL}" (func $perform (param i32 i32) (result i32)))
  (memory (export "memory") 1 16)
  (global $heap (mut i32) (i32.const 1024))
  (func (export "http_background_alloc") (param $size i32) (result i32)
    (local $ptr i32)
    (local.set $ptr (global.get $heap))
    (global.set $heap (i32.add (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
    (local.get $ptr))
  (func $record (param $byte i32) (result i32)
    (i32.store (i32.const 512) (i32.const 1))
    (i32.store8 (i32.const 516) (local.get $byte))
    (i32.const 512))`;

/** Assembles a guest from its functions, and makes it suspendable, like the compiler transform. */
export function assembleGuest(functions: string, imports = ""): Uint8Array<ArrayBuffer> {
  return assemble(`${imports} ${PRELUDE} ${functions}`, { optimizeLevel: 2 });
}
