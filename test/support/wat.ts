import binaryen from "binaryen";
import { GLOBAL_EXPORT_PREFIX, IMPORT_MODULE, SUSPENDING_IMPORTS } from "../../assembly/abi.ts";
import { makeSuspendable } from "../../transform/suspendable.ts";

/**
 * The parts that every hand-written guest has: memory, a bump allocator, the import that suspends.
 * `perform` takes bytes and returns a record; `$answer` is the first byte of the last one.
 */
const PRELUDE = `
  (import "${IMPORT_MODULE}" "perform" (func $perform (param i32 i32) (result i32)))
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

/** Assembles a guest from its functions and makes it suspendable, as the compiler transform does. */
export function assembleGuest(functions: string, imports = ""): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module ${imports} ${PRELUDE} ${functions})`);
  try {
    module.setFeatures(binaryen.Features.All & ~binaryen.Features.GC & ~binaryen.Features.ReferenceTypes);
    binaryen.setOptimizeLevel(2);
    makeSuspendable(binaryen as unknown as Parameters<typeof makeSuspendable>[0], module, {
      imports: SUSPENDING_IMPORTS.map((name) => `${IMPORT_MODULE}.${name}`),
      globalPrefix: GLOBAL_EXPORT_PREFIX,
    });
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}
