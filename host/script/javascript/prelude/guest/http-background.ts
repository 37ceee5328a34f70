import { AbortSignal, onAbort } from "../events/abort-signal.ts";
import { cancelCall, startCall, type Waiter } from "../seam/calls.ts";
import { toDictionary } from "../values/idl.ts";
import { HttpBackgroundError, withStack } from "../values/mistake.ts";
import { asPost, asUrlText } from "./post.ts";
import { writeRequest } from "./request.ts";
import { type Result, readResult } from "./result.ts";

/** What a call ends with whose signal has aborted. */
const ABORTED = {
  error: "Operation was aborted by an application callback",
  code: "ABORTED_BY_CALLBACK",
} as const;

/**
 * Makes an HTTP request. While the script waits for it, it is suspended.
 *
 * @param id A thread of the configuration
 * @param settings `signal` ends the call, in any phase, with the code ABORTED_BY_CALLBACK
 * @returns A status and the content, or an error. A transfer that fails does not throw
 * @throws HttpBackgroundError for a mistake of the caller
 */
export function http_background(
  id: unknown,
  url: unknown,
  options?: unknown,
  post?: unknown,
  settings?: unknown,
): Promise<Result> {
  const call = new Call(post);
  try {
    call.start([id, asUrlText(url), options, asPost(post)], signalOf(settings));
  } catch (error) {
    call.reject(error);
  }
  return call.promise;
}

function signalOf(settings: unknown): AbortSignal | undefined {
  if (settings === undefined) return undefined;
  if (settings instanceof AbortSignal || settings instanceof Map)
    throw bad("call", "Bad call: it must be an object, such as { signal }");
  const { signal, ...others } = toDictionary(settings, "the last argument");
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw bad(unknown, `Bad call: "${unknown}" is unknown; ${adviceFor(unknown)}`);
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw bad("signal", "Bad signal");
}

function adviceFor(name: string): string {
  return name === "timeoutMs"
    ? "give signal: AbortSignal.timeout(ms)"
    : "a script can give a signal, and nothing else";
}

function bad(option: string, message: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", message, option);
}

/** A call that is under way. */
class Call implements Waiter {
  /** As long as there is a call, the engine keeps what calls have in common. A run that waits is smaller so. */
  static readonly sample = new Call(undefined);
  /** Where the script made it: a mistake has happened there. */
  declare readonly stack: string;
  /** The host forgets contents that nobody can reach. Until the call has ended, this one can be reached. */
  readonly post: unknown;
  readonly promise: Promise<Result>;
  readonly reject: (reason: unknown) => void;
  readonly #resolve: (result: Result) => void;
  #forget: (() => void) | undefined;

  constructor(post: unknown) {
    this.post = post;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.promise = promise;
    this.#resolve = resolve;
    this.reject = reject;
    Error.captureStackTrace(this, http_background);
  }

  start(args: readonly unknown[], signal: AbortSignal | undefined): void {
    const request = writeRequest(args);
    if (signal?.aborted) {
      this.#resolve({ ...ABORTED });
      return;
    }
    const number = startCall(request, this);
    if (signal === undefined) return;
    this.#forget = onAbort(signal, () => {
      cancelCall(number);
      this.#resolve({ ...ABORTED });
    });
  }

  onAnswer(answer: ArrayBuffer): void {
    this.#forget?.();
    const result = readResult(answer);
    if (result instanceof HttpBackgroundError) this.reject(withStack(result, this.stack));
    else this.#resolve(result);
  }
}
