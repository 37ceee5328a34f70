import { CALL_SETTING_NAMES } from "../api/call-setting-names.ts";
import type { CallSettings } from "../api/calls.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import { isKeyed } from "../api/keyed.ts";
import { isInto } from "../into/targets.ts";
import { isAbortSignal } from "../lifetime/abort-watch.ts";
import { nameOf } from "../mistakes/wrong-value.ts";

const LISTED = CALL_SETTING_NAMES.join(", ");
const INTO_KINDS = "a path, a URL with file:, a FileHandle, a Writable or a WritableStream";
const NONE: CallSettings = {};

/**
 * Reads the last argument of a call. It reads each member only once.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT; `option` is the wrong member
 */
export function readCallSettings(settings: unknown): CallSettings {
  if (settings === undefined) return NONE;
  // `isAbortSignal` is exact, but takes longer than the rest of a call to say no.
  if (!isKeyed(settings) || settings instanceof AbortSignal)
    throw bad("call", `Bad call: it must be an object; the members are ${LISTED}`);
  const unknown = Object.keys(settings).find((name) => !CALL_SETTING_NAMES.includes(name));
  if (unknown !== undefined)
    throw bad(unknown, `Bad call: "${unknown}" is unknown; the members are ${LISTED}`);
  const signal = read(settings, "signal");
  const timeoutMs = read(settings, "timeoutMs");
  if (signal !== undefined && !isAbortSignal(signal))
    throw bad("signal", "Bad signal: it must be an AbortSignal");
  // NaN is refused too, because NaN >= 0 is false.
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
    throw bad("timeoutMs", "Bad timeoutMs: it must be a number of milliseconds, 0 for no limit");
  const [stream, decompress] = [readSwitch(settings, "stream"), readSwitch(settings, "decompress")];
  const into = read(settings, "into");
  if (into !== undefined && !isInto(into))
    throw bad("into", `Bad into: it must be ${INTO_KINDS}, and is ${into === "" ? "empty" : nameOf(into)}`);
  if (into !== undefined && stream === true) throw bad("into", "Bad into: it cannot be given with stream");
  const onProgress = read(settings, "onProgress");
  if (onProgress !== undefined && !isFunction(onProgress))
    throw bad("onProgress", "Bad onProgress: it must be a function");
  return { signal, timeoutMs, stream, into, decompress, onProgress };
}

function readSwitch(settings: object, name: "stream" | "decompress"): boolean | undefined {
  const value = read(settings, name);
  if (value === undefined || typeof value === "boolean") return value;
  throw bad(name, `Bad ${name}: it must be true or false`);
}

function isFunction(value: unknown): value is NonNullable<CallSettings["onProgress"]> {
  return typeof value === "function";
}

function read(settings: object, name: keyof CallSettings): unknown {
  try {
    return (settings as Record<string, unknown>)[name];
  } catch (cause) {
    throw bad(name, `Bad ${name}`, cause);
  }
}

function bad(option: string, message: string, cause?: unknown): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", message, { option, cause });
}
