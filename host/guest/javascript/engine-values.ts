import type { GuestFunction } from "../engine/suspension.ts";
import type { GuestMemory } from "../parked/memory.ts";

/** The address of a value. It belongs to whoever has it, until it is freed. */
export type Value = number;

/** Script code has thrown. */
export class Thrown extends Error {
  readonly value: Value;

  constructor(value: Value) {
    super("the script has thrown");
    this.value = value;
  }
}

/** The engine has no memory for something of the host. */
export class NoGuestMemory extends RangeError {
  constructor() {
    super("the guest is out of memory");
  }
}

/** The functions of the engine that the host uses. Addresses that they return are the engine's own, and not checked. */
export interface EngineExports {
  readonly [name: string]: GuestFunction;
}

const encoder = new TextEncoder();

/** The values of the engine in one instance, seen from the host: they go in, and come out. */
export class EngineValues {
  protected readonly exports: EngineExports;
  readonly #memory: GuestMemory;

  constructor(exports: Readonly<Record<string, unknown>>, memory: GuestMemory) {
    this.exports = exports as EngineExports;
    this.#memory = memory;
  }

  get memory(): GuestMemory {
    return this.#memory;
  }

  /** Calls an export. */
  call(name: string, ...args: number[]): number {
    return (this.exports[name] as GuestFunction)(...args) as number;
  }

  /** Reserves bytes. @throws NoGuestMemory */
  allocate(size: number): number {
    const ptr = this.call("wasm_malloc", size);
    if (ptr === 0) throw new NoGuestMemory();
    return ptr;
  }

  free(ptr: number): void {
    this.call("wasm_free", ptr);
  }

  release(...values: Value[]): void {
    for (const value of values) this.call("qjs_free_value", value);
  }

  /** Puts text with a zero at its end. */
  putText(text: string): { ptr: number; length: number } {
    const bytes = encoder.encode(text);
    const ptr = this.allocate(bytes.length + 1);
    this.#memory.write(ptr, bytes);
    this.#memory.at(ptr + bytes.length, 1)[0] = 0;
    return { ptr, length: bytes.length };
  }

  /** The text that ends with a zero. */
  textAt(ptr: number): string {
    const { bytes } = this.#memory;
    const end = bytes.indexOf(0, ptr >>> 0);
    return bytes.toString("utf8", ptr >>> 0, end === -1 ? bytes.length : end);
  }

  newText(text: string): Value {
    const { ptr, length } = this.putText(text);
    const value = this.call("qjs_new_string", ptr, length);
    this.free(ptr);
    return this.checked(value);
  }

  newNumber(number: number): Value {
    return this.call("qjs_new_number", number);
  }

  newUndefined(): Value {
    return this.call("qjs_get_undefined");
  }

  newBoolean(value: boolean): Value {
    return this.call(value ? "qjs_get_true" : "qjs_get_false");
  }

  newBytes(bytes: Uint8Array): Value {
    if (bytes.length > this.#memory.bytes.length) this.#growFor(bytes.length);
    // It is a copy of what is at 0. So the bytes need no other place before they come to theirs.
    const buffer = this.checked(this.call("qjs_new_array_buffer", 0, bytes.length));
    if (bytes.length > 0) this.#memory.write(this.#placeOf(buffer).ptr, bytes);
    return buffer;
  }

  /** The value, unless it is an exception. @throws Thrown */
  checked(value: Value): Value {
    if (value !== 0 && this.call("qjs_is_exception", value) === 0) return value;
    if (value !== 0) this.release(value);
    throw new Thrown(this.call("qjs_get_exception"));
  }

  isText(value: Value): boolean {
    return this.call("qjs_is_string", value) !== 0;
  }

  isNumber(value: Value): boolean {
    return this.call("qjs_is_number", value) !== 0;
  }

  isBytes(value: Value): boolean {
    return this.call("qjs_is_array_buffer", value) !== 0;
  }

  isUndefined(value: Value): boolean {
    return this.call("qjs_is_undefined", value) !== 0;
  }

  isNull(value: Value): boolean {
    return this.call("qjs_is_null", value) !== 0;
  }

  isTrue(value: Value): boolean {
    return this.call("qjs_get_bool", value) !== 0;
  }

  number(value: Value): number {
    return this.call("qjs_get_float64", value) as number;
  }

  /** Gives the place of the bytes of a text to a function that keeps nothing of it. */
  readText<T>(value: Value, read: (bytes: Buffer) => T): T {
    const length = this.allocate(4);
    const ptr = this.call("qjs_get_string_len", value, length);
    const size = this.#memory.readU32(length);
    this.free(length);
    if (ptr === 0) throw new Thrown(this.call("qjs_get_exception"));
    try {
      return read(this.#memory.at(ptr, size));
    } finally {
      this.call("qjs_free_cstring", ptr);
    }
  }

  text(value: Value): string {
    return this.readText(value, (bytes) => bytes.toString());
  }

  /** A view of the bytes of a buffer. */
  bytes(value: Value): Buffer {
    const { ptr, length } = this.#placeOf(value);
    return this.#memory.at(ptr, length);
  }

  /** Where the bytes of a buffer are. */
  placeOf(value: Value): { ptr: number; length: number } {
    return this.#placeOf(value);
  }

  property(object: Value, name: string): Value {
    const { ptr } = this.putText(name);
    const value = this.call("qjs_get_prop_string", object, ptr);
    this.free(ptr);
    return this.checked(value);
  }

  setProperty(object: Value, name: string, value: Value): void {
    const { ptr } = this.putText(name);
    this.call("qjs_set_prop_string", object, ptr, value);
    this.free(ptr);
  }

  newObject(): Value {
    return this.checked(this.call("qjs_new_object"));
  }

  newFunction(name: string): Value {
    const { ptr, length } = this.putText(name);
    const value = this.call("qjs_new_host_function", ptr, length, 0);
    this.free(ptr);
    return this.checked(value);
  }

  globalObject(): Value {
    return this.call("qjs_get_global");
  }

  #growFor(size: number): void {
    const ptr = this.allocate(size);
    this.free(ptr);
  }

  #placeOf(value: Value): { ptr: number; length: number } {
    const size = this.allocate(4);
    const ptr = this.call("qjs_get_array_buffer", value, size);
    const length = this.#memory.readU32(size);
    this.free(size);
    if (ptr === 0 && length > 0) throw new Thrown(this.call("qjs_get_exception"));
    return { ptr, length: ptr === 0 ? 0 : length };
  }
}
