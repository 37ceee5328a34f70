import { AbortSignal, onAbort } from "../events/abort-signal.ts";
import { cancelCall, startCall } from "../seam/calls.ts";
import { toDictionary } from "../values/idl.ts";
import { HttpBackgroundError } from "../values/mistake.ts";
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
export async function http_background(
  id: unknown,
  url: unknown,
  options?: unknown,
  post?: unknown,
  settings?: unknown,
): Promise<Result> {
  // The stack of an error is that of the moment in which it is made, and now it has the place of the call.
  const mistake = new HttpBackgroundError("", "");
  const signal = signalOf(settings);
  const request = writeRequest([id, asUrlText(url), options, asPost(post)]);
  if (signal?.aborted) return { ...ABORTED };
  // While the call is under way, `post` is reachable: the host forgets contents that are not.
  return await perform(request, mistake, signal, post);
}

function signalOf(settings: unknown): AbortSignal | undefined {
  const { signal } = toDictionary(settings, "the last argument");
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new HttpBackgroundError("BAD_ARGUMENT", "Bad signal", "signal");
}

function perform(
  request: ArrayBuffer,
  mistake: HttpBackgroundError,
  signal: AbortSignal | undefined,
  post: unknown,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let forget: (() => void) | undefined;
    const call = startCall(request, (answer) => {
      forget?.();
      try {
        resolve(readResult(answer, mistake));
      } catch (error) {
        reject(error);
      }
      keep(post);
    });
    forget =
      signal &&
      onAbort(signal, () => {
        cancelCall(call);
        resolve({ ...ABORTED });
      });
  });
}

/** Does nothing. What is named here is reachable until then. */
function keep(_value: unknown): void {}
