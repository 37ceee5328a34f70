import { encode } from "@msgpack/msgpack";
import { type Assembling, assemble } from "./assemble.ts";

/** The address of the data. Each has its own block. Below it is scratch memory, above it is the heap. */
const DATA = 4096;
const HEAP = 65_536;

/** All imports of a script, as in any language. */
const IMPORTS = `
  (import "http_background" "call" (func $call (param i32 i32) (result i32)))
  (import "http_background" "start" (func $start (param i32 i32) (result i32)))
  (import "http_background" "wait" (func $wait (param i32) (result i32)))
  (import "http_background" "wait_any" (func $wait_any (param i32 i32) (result i32)))
  (import "http_background" "echo" (func $echo (param i32 i32)))
  (import "http_background" "arguments" (func $arguments (result i32)))
  (import "http_background" "resource" (func $resource (param i32 i32 i32) (result i32)))
  (import "http_background" "size" (func $size (param i32) (result f64)))
  (import "http_background" "read" (func $read (param i32 f64 i32 i32) (result i32)))
  (import "http_background" "header" (func $header (param i32 i32 i32) (result i32)))
  (import "http_background" "url" (func $url (param i32) (result i32)))
  (import "http_background" "release" (func $release (param i32)))
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "env" "seed" (func $seed (result f64)))`;

/**
 * Memory, an allocator that never frees, and functions that read replies in a simple way: they search for the parts.
 */
const preludeOf = (pages: number): string => `
  (memory (export "memory") ${pages})
  (global $heap (mut i32) (i32.const ${HEAP}))
  (func $alloc (export "http_background_alloc") (param $size i32) (result i32)
    (local $ptr i32)
    (local.set $ptr (global.get $heap))
    (global.set $heap
      (i32.add (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8))))
    (local.get $ptr))
  (func $echo_record (param $record i32)
    (call $echo (i32.add (local.get $record) (i32.const 4)) (i32.load (local.get $record))))
  ;; The record of a reply ends with the handle of its content and its size.
  (func $handle_of (param $record i32) (result i32)
    (i32.load (i32.sub (i32.add (i32.add (local.get $record) (i32.const 4)) (i32.load (local.get $record))) (i32.const 12))))
  (func $echo_content (param $record i32)
    (local $handle i32) (local $size i32) (local $ptr i32)
    (local.set $handle (call $handle_of (local.get $record)))
    (local.set $size (i32.trunc_f64_s (call $size (local.get $handle))))
    (local.set $ptr (call $alloc (local.get $size)))
    (call $echo (local.get $ptr)
      (call $read (local.get $handle) (f64.const 0) (local.get $ptr) (local.get $size))))`;

export interface WatScript extends Pick<Assembling, "hasReferences"> {
  /** Functions, globals and so on. \`$NAME\` and \`$NAME_len\` are globals with the address and the length of data. */
  body: string;
  /** Data in the module's memory. Values that are not bytes or strings are written as MessagePack. */
  data?: Record<string, unknown>;
  /** @default all of them */
  imports?: string;
  /** @default with an allocator that never frees, and `pages` of memory */
  prelude?: string;
  /** @default 4 */
  pages?: number;
}

/** Assembles a suspendable script. */
export function assembleScript(script: WatScript): Uint8Array<ArrayBuffer> {
  return assemble(textOf(script), script);
}

/** Assembles a script like a compiler without our transform. */
export function assembleUntransformed(script: WatScript): Uint8Array<ArrayBuffer> {
  return assemble(textOf(script), { ...script, isSuspendable: false });
}

function textOf({
  body,
  data = {},
  imports = IMPORTS,
  pages = 4,
  prelude = preludeOf(pages),
}: WatScript): string {
  return `${imports} ${prelude} ${writeData(data)} ${body}`;
}

function writeData(data: Record<string, unknown>): string {
  let at = DATA;
  const parts = Object.entries(data).map(([name, value]) => {
    const bytes = toBytes(value);
    const text = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    const part = `(data (i32.const ${at}) "${text}")
      (global $${name} i32 (i32.const ${at})) (global $${name}_len i32 (i32.const ${bytes.length}))`;
    at += (bytes.length + 15) & -16;
    return part;
  });
  return parts.join("\n");
}

function toBytes(value: unknown): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  return value instanceof Uint8Array ? value : encode(value);
}

/** Makes a call with the data \`name\` as arguments. The value is the record. */
export function call(name: string): string {
  return `(call $call (global.get $${name}) (global.get $${name}_len))`;
}

/** Starts a call with the data \`name\` as arguments. The value is its number. */
export function start(name: string): string {
  return `(call $start (global.get $${name}) (global.get $${name}_len))`;
}

/** Adds the data \`name\` to the output. */
export function echo(name: string): string {
  return `(call $echo (global.get $${name}) (global.get $${name}_len))`;
}
