import { RESULT_WRITER } from "./result-writer.ts";

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
const { toWellFormed } = String.prototype;
const NativeString = String, NativeError = Error, List = Array, Bytes = Uint8Array, View = DataView, Buffer = ArrayBuffer;
const NoResult = TypeError, NoMemory = InternalError;
const uncurried = (method) => (object, ...args) => apply(method, object, args);
const { prototype: views } = View;
const setUint32 = uncurried(views.setUint32), setFloat64 = uncurried(views.setFloat64);
const setBigInt64 = uncurried(views.setBigInt64), setBigUint64 = uncurried(views.setBigUint64);
const transfer = uncurried(Buffer.prototype.transfer);
const typedArrays = getPrototypeOf(Bytes.prototype);
const put = uncurried(typedArrays.set), lengthOf = uncurried(getOwnPropertyDescriptor(typedArrays, "length").get);
const PROBE = 65_536, MOST_CAUSES = 3;

${RESULT_WRITER}
function nameOf(value) {
  try { return NativeString(value.constructor.name); } catch { return "?"; }
}

let report;

/** Describes what was thrown and is no error. */
function use(reporter) { report = reporter; }

function causesOf(error) {
  let text = "";
  for (let depth = 0; depth < MOST_CAUSES && (error = error.cause) instanceof NativeError; depth++)
    text += ": " + NativeString(error.message);
  return text;
}

function describe(kind, reason) {
  let text = "", stack = "";
  try {
    // The engine throws null if there is no memory for an error. Then there is none for this either.
    if (reason === null) new Bytes(PROBE);
    if (reason instanceof NativeError) {
      text = NativeString(reason.name) + ": " + NativeString(reason.message);
      stack = NativeString(reason.stack);
      text += causesOf(reason);
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
    let result;
    try { result = resultOf(value); }
    catch (error) {
      if (error instanceof NoResult) return fail("result", error.message, "");
      throw error;
    }
    finish(result);
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
