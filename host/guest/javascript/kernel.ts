import { MOST_RESULT_VALUES, VALUES_OF_BYTES } from "./result-reader.ts";

/** The name of the kernel in stacks. */
export const KERNEL_NAME = "http-background:kernel";

/**
 * The part of a run that is JavaScript itself: it calls the entry, awaits its result and writes it down, and it says what
 * was thrown. So getters and proxies of a script run as ordinary code of the script, and never inside of the host. It
 * keeps the built-ins that it needs, because a script may replace them. A script that breaks it breaks its own run only.
 */
export const KERNEL = `(function (host) {
"use strict";
const { encodeText, finish, fail } = host;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, keys } = Object;
const { apply } = Reflect;
const { stringify } = JSON;
const { isInteger } = Number;
const { toWellFormed } = String.prototype;
const NativeString = String, NativeError = Error, Bytes = Uint8Array, View = DataView, Buffer = ArrayBuffer;
const NoResult = TypeError, NoMemory = InternalError;
const uncurried = (method) => (object, ...args) => apply(method, object, args);
const { prototype: views } = View;
const setUint32 = uncurried(views.setUint32), setFloat64 = uncurried(views.setFloat64);
const setBigInt64 = uncurried(views.setBigInt64), setBigUint64 = uncurried(views.setBigUint64);
const transfer = uncurried(Buffer.prototype.transfer);
const typedArrays = getPrototypeOf(Bytes.prototype);
const put = uncurried(typedArrays.set), lengthOf = uncurried(getOwnPropertyDescriptor(typedArrays, "length").get);
const PROBE = 65_536, DEEPEST = 64, MOST_VALUES = ${MOST_RESULT_VALUES};

class Writer {
  #size = 256;
  #buffer = new Buffer(this.#size);
  #bytes = new Bytes(this.#buffer);
  #view = new View(this.#buffer);
  #length = 0;
  #inside = [];
  #depth = 0;
  #values = 0;

  get written() { return transfer(this.#buffer, this.#length); }

  write(value, path) {
    this.#count(1, path);
    switch (typeof value) {
      case "undefined": return this.#head(0xc7, 0, 0);
      case "boolean": return this.#head(value ? 0xc3 : 0xc2);
      case "number": return this.#number(value);
      case "bigint": return this.#bigint(value, path);
      case "string": return this.#text(value);
      case "object": return value === null ? this.#head(0xc0) : this.#object(value, path);
      default: throw new NoResult(path + " is a " + typeof value);
    }
  }

  #count(values, path) {
    this.#values += values;
    if (this.#values > MOST_VALUES) throw new NoResult(path + " is one value more than " + MOST_VALUES);
  }

  #number(value) {
    if (isInteger(value) && value >= 0 && value < 128 && 1 / value > 0) return this.#head(value);
    const at = this.#take(9);
    this.#bytes[at] = 0xcb;
    setFloat64(this.#view, at + 1, value);
  }

  #bigint(value, path) {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new NoResult(path + " is a bigint of more than 64 bits");
    const at = this.#take(9);
    this.#bytes[at] = value < 0n ? 0xd3 : 0xcf;
    if (value < 0n) setBigInt64(this.#view, at + 1, value);
    else setBigUint64(this.#view, at + 1, value);
  }

  #text(value) { this.#block(0xdb, new Bytes(encodeText(apply(toWellFormed, value, [])))); }

  #object(value, path) {
    if (isView(value)) return this.#bytesOf(new Bytes(value.buffer, value.byteOffset, value.byteLength), path);
    if (value instanceof Buffer) return this.#bytesOf(new Bytes(value), path);
    for (let i = 0; i < this.#depth; i++)
      if (this.#inside[i] === value) throw new NoResult(path + " contains itself");
    if (this.#depth >= DEEPEST) throw new NoResult(path + " is nested too deeply");
    this.#inside[this.#depth++] = value;
    if (isArray(value)) this.#array(value, path);
    else this.#map(value, path);
    this.#depth--;
  }

  #bytesOf(bytes, path) {
    this.#count(${VALUES_OF_BYTES} - 1, path);
    this.#block(0xc6, bytes);
  }

  #array(value, path) {
    let { length } = value;
    length = length > 0 ? length >>> 0 : 0;
    this.#length32(0xdd, length);
    for (let i = 0; i < length; i++) this.write(value[i], path + "[" + i + "]");
  }

  #map(value, path) {
    if (typeof value.toJSON === "function") return this.write(value.toJSON(), path);
    const prototype = getPrototypeOf(value);
    if (prototype !== null && getPrototypeOf(prototype) !== null)
      throw new NoResult(path + " is an object of the class " + nameOf(value));
    const names = keys(value);
    this.#length32(0xdf, names.length);
    this.#values += names.length;
    for (const name of names) {
      this.#text(name);
      this.write(value[name], path + "." + name);
    }
  }

  #block(head, bytes) {
    const length = lengthOf(bytes);
    this.#length32(head, length);
    const at = this.#take(length);
    put(this.#bytes, bytes, at);
  }

  #length32(head, length) {
    const at = this.#take(5);
    this.#bytes[at] = head;
    setUint32(this.#view, at + 1, length);
  }

  #head(...bytes) {
    const at = this.#take(bytes.length);
    put(this.#bytes, bytes, at);
  }

  #take(size) {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#size) {
      this.#size = this.#length * 2;
      this.#buffer = transfer(this.#buffer, this.#size);
      this.#bytes = new Bytes(this.#buffer);
      this.#view = new View(this.#buffer);
    }
    return at;
  }
}

function nameOf(value) {
  try { return NativeString(value.constructor.name); } catch { return "?"; }
}

let report;

/** Describes what was thrown and is no error. */
function use(reporter) { report = reporter; }

function describe(kind, reason) {
  let text = "", stack = "";
  try {
    // The engine throws null if there is no memory for an error. Then there is none for this either.
    if (reason === null) new Bytes(PROBE);
    if (reason instanceof NativeError) {
      text = NativeString(reason.name) + ": " + NativeString(reason.message);
      stack = NativeString(reason.stack);
    } else if (report !== undefined) text = NativeString(report(reason));
    else text = typeof reason === "object" && reason !== null ? "an object of the class " + nameOf(reason) : NativeString(reason);
  } catch (error) {
    // There is no memory to say what was thrown.
    if (error === null || error instanceof NoMemory) return fail("memory", "", "");
    text ||= "an error that cannot be shown";
  }
  fail(kind, text, stack);
}

async function run(evaluation, exports, name) {
  try {
    await evaluation;
    let entry;
    try { entry = exports[name]; } catch {}
    if (typeof entry !== "function") return fail("entry", name, "");
    const value = await entry();
    const writer = new Writer();
    try { writer.write(value, "the result"); }
    catch (error) {
      if (error instanceof NoResult) return fail("result", error.message, "");
      throw error;
    }
    finish(writer.written);
  } catch (error) { describe("thrown", error); }
}

function entries(exports, isKnown) {
  const names = getOwnPropertyNames(exports);
  let list = "";
  for (let i = 0; i < names.length; i++) {
    try { if (isKnown && typeof exports[names[i]] !== "function") continue; } catch {}
    list += (list === "" ? "" : ",") + stringify(names[i]);
  }
  return "[" + list + "]";
}

return { run, describe, entries, use };
})`;
