import { assembleScript, call, echo } from "./script-wat.ts";

/** The room for the frames of a suspended run. It is below `$heap`, and so it is not filled with markers. */
export const STACK_BYTES = 4096;
const HEAP = 65_536;
const HIGHEST_HANDLE = 300;

// The marker is computed from these two numbers. If the module contained the marker, it would find it in its own code.
const HALF = "(i64.const 0x5ec2e7a100000000)";
const OTHER_HALF = "(i64.const 0x00000000b3d9f500)";
/** A number of 64 bits. Its lowest byte says which run wrote it. */
const MARKER = `(i64.xor ${HALF} ${OTHER_HALF})`;

/**
 * A script that writes a marker to every place to which a run can write, and that can search for markers everywhere.
 * Entries that begin with `marks` write markers; the lowest byte is the number of arguments. `search` counts the
 * markers that it finds. `digest` computes one number from the whole state of the script.
 */
export function markerScript({ base, pages }: { base: string; pages: number }): Uint8Array {
  const after = (first: string): string => `(call $mark) (drop ${call("args")}) ${first}`;
  const body = `
    (type $answers (func (result i32)))
    (table 3 funcref) (elem (i32.const 0) $one $two)
    (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
    (global $int (mut i32) (i32.const 0)) (global $long (mut i64) (i64.const 0))
    (global $float (mut f32) (f32.const 0)) (global $double (export "double") (mut f64) (f64.const 0))
    (data $passive "some bytes that every run may have")
    ${MARKING} ${SEARCHING}
    (func (export "marks") (call $mark))
    (func (export "marks_traps") (call $mark) (unreachable))
    (func (export "marks_aborts") (call $mark) (call $abort (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
    (func (export "marks_spins") (call $mark) (loop $l (br $l)))
    (func (export "marks_echoes") (call $mark) (loop $l (call $echo (i32.const 0) (i32.const 4096)) (br $l)))
    (func (export "marks_waits") (result i32) ${after("(call $marked)")})
    (func (export "marks_waits_traps") ${after("(unreachable)")})
    (func (export "marks_waits_dives") (call $mark) (call $dive (i32.const 3000)))
    (func (export "marks_reads") (call $mark) (drop (call $read
      (call $handle_of ${call("args")}) (f64.const 0) (i32.const 0) (i32.const 4096))))
    (func (export "marks_grows") (drop (memory.grow (i32.const 2))) (call $mark))
    (func (export "marks_grows_waits") (result i32)
      (drop (memory.grow (i32.const 2))) ${after("(call $marked)")})
    (func $dive (param $depth i32)
      (if (i32.eqz (local.get $depth)) (then (drop ${call("args")})))
      (if (local.get $depth) (then (call $dive (i32.sub (local.get $depth) (i32.const 1)))))
      (global.set $int (i32.add (global.get $int) (local.get $depth))))
    (func (export "search") (result i32) (call $search))
    (func (export "search_later") (result i32)
      (call $release (call $handle_of ${call("args")})) (call $search))
    (func (export "digest") (result i64) (call $digest))
    (func (export "reads") (local $file i32)
      (drop ${call("args")})
      (local.set $file (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
      (call $echo (i32.const 0) (call $read (local.get $file) (f64.const 0) (i32.const 0) (i32.const 100)))
      (drop ${call("args")})
      (local.set $file (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
      (call $echo (i32.const 0) (call $read (local.get $file) (f64.const 0) (i32.const 0) (i32.const 100)))
      ${echo("name")})`;
  return assembleScript({ body, pages, data: { args: ["default", `${base}/`], name: "secret" } });
}

const MARKING = `
  (func $own (result i64) (i64.or ${MARKER} (i64.extend_i32_u
    (i32.and (i32.load8_u (i32.add (call $arguments) (i32.const 4))) (i32.const 15)))))
  (func $fill (param $from i32) (param $to i32) (param $marker i64)
    (loop $next
      (i64.store (local.get $from) (local.get $marker))
      (local.set $from (i32.add (local.get $from) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $to)))))
  ;; Where the host puts records next stays free, so that they overwrite nothing that \`marked\` counts.
  (func $mark (local $marker i64)
    (local.set $marker (call $own))
    (memory.init $passive (i32.const 2048) (i32.const 0) (i32.const 34))
    (call $fill (i32.const 0) (i32.const 4096) (local.get $marker))
    (call $fill (i32.const ${HEAP + STACK_BYTES + 4096}) (i32.shl (memory.size) (i32.const 16)) (local.get $marker))
    (global.set $long (local.get $marker))
    (global.set $int (i32.wrap_i64 (i64.shr_u (local.get $marker) (i64.const 32))))
    (global.set $float (f32.reinterpret_i32 (global.get $int)))
    (global.set $double (f64.reinterpret_i64 (local.get $marker)))
    (drop (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
    (call $echo (i32.const 0) (i32.const 8)))
  ;; How many words have this run's marker, and whether the globals do.
  (func $marked (result i32) (local $marker i64) (local $at i32) (local $count i32)
    (local.set $marker (call $own))
    (loop $next
      (local.set $count (i32.add (local.get $count) (i64.eq (i64.load (local.get $at)) (local.get $marker))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.shl (memory.size) (i32.const 16)))))
    (if (i64.ne (global.get $long) (local.get $marker)) (then (unreachable)))
    (if (i64.ne (i64.reinterpret_f64 (global.get $double)) (local.get $marker)) (then (unreachable)))
    (local.get $count))`;

const SEARCHING = `
  (global $found (mut i32) (i32.const 0))
  (func $note (param $is i32) (if (local.get $is) (then (global.set $found (i32.add (global.get $found) (i32.const 1))))))
  (func $note_if_marker (param $word i64)
    (call $note (i64.eq (i64.shr_u (local.get $word) (i64.const 8)) (i64.shr_u ${MARKER} (i64.const 8)))))
  (func $search (result i32)
    (call $search_memory) (call $search_globals) (call $search_table) (call $search_handles)
    (global.get $found))
  (func $search_memory (local $at i32)
    (loop $next
      (call $note_if_marker (i64.load align=1 (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $at) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 8))))))
  (func $search_globals
    (call $note_if_marker (global.get $long))
    (call $note (global.get $int))
    (call $note (i32.reinterpret_f32 (global.get $float)))
    (call $note_if_marker (i64.reinterpret_f64 (global.get $double))))
  (func $search_table
    (call $note (i32.ne (call_indirect (type $answers) (i32.const 0)) (i32.const 1)))
    (call $note (i32.ne (call_indirect (type $answers) (i32.const 1)) (i32.const 2))))
  (func $search_handles (local $handle i32)
    (local.set $handle (i32.const -3))
    (loop $next
      (call $note (f64.ne (call $size (local.get $handle)) (f64.const -1)))
      (call $note (call $read (local.get $handle) (f64.const 0) (i32.const 0) (i32.const 8)))
      (local.set $handle (i32.add (local.get $handle) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $handle) (i32.const ${HIGHEST_HANDLE}))))
    (local.set $handle (i32.const 1))
    (loop $next
      (call $note (i32.ge_s
        (call $resource (local.get $handle) (global.get $name) (global.get $name_len)) (i32.const 0)))
      (local.set $handle (i32.add (local.get $handle) (i32.const 1)))
      (br_if $next (i32.le_s (local.get $handle) (i32.const 3)))))
  (func $digest (result i64) (local $at i32) (local $digest i64)
    (local.set $digest (i64.extend_i32_u (memory.size)))
    (loop $next
      (local.set $digest (i64.mul (i64.const 0x100000001b3)
        (i64.xor (local.get $digest) (i64.load (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.shl (memory.size) (i32.const 16)))))
    (i64.xor (local.get $digest) (i64.xor
      (i64.xor (global.get $long) (i64.extend_i32_u (global.get $int)))
      (i64.xor (i64.reinterpret_f64 (global.get $double)) (i64.extend_i32_u (global.get $heap))))))`;
