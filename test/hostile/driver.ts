import { EXPORT_ALLOC } from "../../assembly/abi.ts";
import { assembleScript, assembleUntransformed } from "../support/script-wat.ts";

// A script that is compiled once. Its argument is a program, a list of instructions of 32 bytes, which it runs. Its
// allocator has its own program, and so do, in the liar, the functions of Asyncify.

const INSTRUCTION = 32;
const OPERANDS = ["a", "b", "c", "d"] as const;
/** The address of the table of the other programs. Each has one word, which is its address. */
const SLOTS = 64;
/** Set after the program was read. If the entry is called again, it runs another program. */
const IS_READ = 128;
const SCRATCH = 136;

/** Operands as expressions. */
const [A, B, C, D] = OPERANDS.map((_, i) => `(call $operand (local.get $pc) (i32.const ${i}))`);
const F = "(f64.load align=1 (i32.add (local.get $pc) (i32.const 24)))";
const ACC = "(global.get $acc)";
const keep = (expression: string): string => `(global.set $acc ${expression})`;

/** The operations of a program. The result is in the accumulator. */
const OPERATIONS = {
  end: "",
  call: keep(`(call $call ${A} ${B})`),
  start: keep(`(call $start ${A} ${B})`),
  wait: keep(`(call $wait ${A})`),
  waitAny: keep(`(call $wait_any ${A} ${B})`),
  echo: `(call $echo ${A} ${B})`,
  arguments: keep("(call $arguments)"),
  resource: keep(`(call $resource ${A} ${B} ${C})`),
  size: keep(`(i32.trunc_sat_f64_s (call $size ${A}))`),
  read: keep(`(call $read ${A} ${F} ${B} ${C})`),
  header: keep(`(call $header ${A} ${B} ${C})`),
  url: keep(`(call $url ${A})`),
  release: `(call $release ${A})`,
  abort: `(call $abort ${A} ${B} ${C} ${D})`,
  seed: "(drop (call $seed))",
  grow: keep(`(memory.grow ${A})`),
  trap: "(unreachable)",
  spin: "(loop $l (br $l))",
  divide: keep(`(i32.div_s ${A} ${B})`),
  truncate: keep(`(i32.trunc_f64_s ${F})`),
  jump: `(drop (call_indirect (type $operation) (local.get $pc) ${A}))`,
  load: keep(`(i32.load ${A})`),
  store: `(i32.store ${A} ${B})`,
  fill: `(memory.fill ${A} ${B} ${C})`,
  copy: `(memory.copy ${A} ${B} ${C})`,
  recurse: "(call $forever (local.get $pc))",
  /** Runs the rest of the program A calls deeper. */
  deep: `(call $deep ${A} (i32.add (local.get $pc) (i32.const ${INSTRUCTION}))) (return (i32.const 0))`,
  /** Jumps back to A. The word at B says how often. */
  repeat: `(if (i32.load ${B}) (then
    (i32.store ${B} (i32.sub (i32.load ${B}) (i32.const 1)))
    (return (i32.add (global.get $code) ${A}))))`,
  /** Sets the start of program A to B. */
  slot: `(i32.store (i32.add (i32.const ${SLOTS}) (i32.shl ${A} (i32.const 2))) (i32.add (global.get $code) ${B}))`,
  /** After B more allocations, the allocator runs its program. If A is set, it returns the accumulator then. */
  lie: `(global.set $lies ${A}) (global.set $left ${B})`,
  globals: `(global.set $g0 (i64.const -1)) (global.set $g1 (f32.const nan:0x200001)) (global.set $g2 ${F})`,
  set: keep(A as string),
  /** Output: the accumulator; the record at this address; the content of this handle. */
  word: `(i32.store (i32.const ${SCRATCH}) ${ACC}) (call $echo (i32.const ${SCRATCH}) (i32.const 4))`,
  record: `(call $echo_record ${ACC})`,
  handle: keep(`(call $handle_of ${ACC})`),
  content: `(call $echo_handle ${ACC})`,
  /** Stores the accumulator at A. */
  patch: `(i32.store ${A} ${ACC})`,
} as const;

export type Operation = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as Operation[];

const FUNCTIONS = Object.entries(OPERATIONS).map(
  ([name, body]) => `(func $op_${name} (param $pc i32) (result i32)
    ${body} (i32.add (local.get $pc) (i32.const ${INSTRUCTION})))`,
);

const ALLOCATOR = `
  (memory (export "memory") 8)
  (global $heap (mut i32) (i32.const 4096))
  (global $lies (mut i32) (i32.const 0)) (global $left (mut i32) (i32.const -1))
  (func $alloc (export "${EXPORT_ALLOC}") (param $size i32) (result i32)
    (local $ptr i32)
    (if (i32.eqz (global.get $left)) (then (call $slot (i32.const 0))))
    (if (i32.ge_s (global.get $left) (i32.const 0))
      (then (global.set $left (i32.sub (global.get $left) (i32.const 1)))
        (if (i32.and (i32.lt_s (global.get $left) (i32.const 0)) (global.get $lies)) (then (return ${ACC})))))
    (local.set $ptr (global.get $heap))
    (global.set $heap
      (i32.add (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8))))
    (local.get $ptr))
  (func $echo_record (param $record i32)
    (call $echo (i32.add (local.get $record) (i32.const 4)) (i32.load (local.get $record))))
  (func $handle_of (param $record i32) (result i32)
    (i32.load (i32.sub (i32.add (local.get $record) (i32.load (local.get $record))) (i32.const 8))))
  (func $echo_handle (param $handle i32) (local $size i32) (local $ptr i32)
    (local.set $size (i32.trunc_sat_f64_s (call $size (local.get $handle))))
    (local.set $ptr (call $alloc (local.get $size)))
    (call $echo (local.get $ptr)
      (call $read (local.get $handle) (f64.const 0) (local.get $ptr) (local.get $size))))`;

const INTERPRETER = `
  (type $operation (func (param i32) (result i32)))
  (table ${OPERATION_NAMES.length + 4} funcref) (elem (i32.const 0) ${OPERATION_NAMES.map((name) => `$op_${name}`).join(" ")})
  (global $acc (mut i32) (i32.const 0)) (global $code (mut i32) (i32.const 0)) (global $base (mut i32) (i32.const 0))
  (global $g0 (mut i64) (i64.const 0)) (global $g1 (mut f32) (f32.const 0)) (global $g2 (mut f64) (f64.const 0))
  (func $operand (param $pc i32) (param $index i32) (result i32) (local $value i32) (local $flags i32)
    (local.set $value (i32.load offset=8 align=1
      (i32.add (local.get $pc) (i32.shl (local.get $index) (i32.const 2)))))
    (local.set $flags (i32.shr_u (i32.load offset=4 align=1 (local.get $pc)) (local.get $index)))
    (if (i32.and (local.get $flags) (i32.const 1))
      (then (local.set $value (i32.add (local.get $value) (global.get $base)))))
    (if (i32.and (local.get $flags) (i32.const 16))
      (then (local.set $value (i32.add (local.get $value) ${ACC}))))
    (local.get $value))
  (func $run (param $pc i32)
    (loop $next
      (if (i32.eqz (local.get $pc)) (then (return)))
      (if (i32.eqz (i32.load align=1 (local.get $pc))) (then (return)))
      (local.set $pc (call_indirect (type $operation) (local.get $pc) (i32.load align=1 (local.get $pc))))
      (br $next)))
  (func $slot (param $index i32)
    (call $run (i32.load (i32.add (i32.const ${SLOTS}) (i32.shl (local.get $index) (i32.const 2))))))
  (func $deep (param $depth i32) (param $pc i32)
    (if (i32.eqz (local.get $depth)) (then (call $run (local.get $pc)))
      (else (call $deep (i32.sub (local.get $depth) (i32.const 1)) (local.get $pc))))
    ;; Something to come back to.
    (global.set $g0 (i64.add (global.get $g0) (i64.const 1))))
  (func $forever (param $pc i32) (call $forever (i32.add (local.get $pc) (i32.const 1))) (global.set $acc (local.get $pc)))
  (func (export "main") (result i32) (local $record i32)
    (if (i32.load (i32.const ${IS_READ})) (then (call $slot (i32.const 1)))
      (else
        (i32.store (i32.const ${IS_READ}) (i32.const 1))
        ;; Behind the length of the record the heads of an array and of bytes, then where the data are.
        (local.set $record (call $arguments))
        (global.set $code (i32.add (local.get $record) (i32.const 14)))
        (global.set $base (i32.add (i32.add (local.get $record) (i32.const 10)) (i32.load offset=10 align=1 (local.get $record))))
        (call $run (global.get $code))))
    ${ACC})
  ${FUNCTIONS.join("\n")}`;

/** Functions with the names of Asyncify's functions. They run programs 2 to 6. */
const LIES = `
  (func (export "asyncify_start_unwind") (param i32) (call $slot (i32.const 2)))
  (func (export "asyncify_stop_unwind") (call $slot (i32.const 3)))
  (func (export "asyncify_start_rewind") (param i32) (call $slot (i32.const 4)))
  (func (export "asyncify_stop_rewind") (call $slot (i32.const 5)))
  (func (export "asyncify_get_state") (result i32) (call $slot (i32.const 6)) ${ACC})`;

/** The other programs, by what runs them. */
export const SLOT = {
  alloc: 0,
  again: 1,
  startUnwind: 2,
  stopUnwind: 3,
  startRewind: 4,
  stopRewind: 5,
} as const;

/** The driver with the real Asyncify. */
export function assembleDriver(): Uint8Array {
  return assembleScript({ prelude: ALLOCATOR, body: INTERPRETER });
}

/** The driver with its own functions in place of Asyncify's. */
export function assembleLiar(): Uint8Array {
  return assembleUntransformed({ prelude: ALLOCATOR, body: INTERPRETER + LIES });
}
