import { HttpBackgroundError } from "./api/errors.ts";
import type { CallSettings } from "./api/types.ts";
import { isInto } from "./into/targets.ts";
import { isAbortSignal } from "./lifetime/abort-watch.ts";

const NAMES: readonly string[] = ["signal", "timeoutMs", "stream", "into"] satisfies (keyof CallSettings)[];
const NONE: CallSettings = {};

/**
 * Reads the last argument of a call. It reads each member only once.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT; `option` is the wrong member
 */
export function readCallSettings(settings: unknown): CallSettings {
  if (settings === undefined) return NONE;
  if (typeof settings !== "object" || settings === null || isAbortSignal(settings))
    throw bad("call", "Bad call: it must be an object with signal, timeoutMs, stream and into");
  const unknown = Object.keys(settings).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw bad(
      unknown,
      `Bad call: "${unknown}" is unknown; the members are signal, timeoutMs, stream and into`,
    );
  const signal = read(settings, "signal");
  const timeoutMs = read(settings, "timeoutMs");
  if (signal !== undefined && !isAbortSignal(signal)) throw bad("signal", "Bad signal");
  // NaN is refused too, because NaN >= 0 is false.
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
    throw bad("timeoutMs", "Bad timeoutMs: it must be a number of milliseconds, 0 for no limit");
  const stream = read(settings, "stream");
  if (stream !== undefined && typeof stream !== "boolean")
    throw bad("stream", "Bad stream: it must be true or false");
  const into = read(settings, "into");
  if (into !== undefined && !isInto(into))
    throw bad("into", "Bad into: it must be a path, a FileHandle, a Writable or a WritableStream");
  if (into !== undefined && stream === true) throw bad("into", "Bad into: it cannot be given with stream");
  return { signal, timeoutMs, stream, into };
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
