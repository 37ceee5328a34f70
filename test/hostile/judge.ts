import assert from "node:assert/strict";
import { HttpBackgroundError } from "../../host/index.ts";
import { SENTENCES } from "../../host/network/transfer/failures.ts";
import { RecursionError } from "../../host/script/blame/abort.ts";
import { type RunResult, ScriptError } from "../../host/script/index.ts";
import { SECRET } from "./world.ts";

/** The codes with which a run may end. It may also end with the reason of its signal. */
const RUN_CODES = new Set([
  "SCRIPT_ABORTED",
  "SCRIPT_TRAPPED",
  "MEMORY_LIMIT",
  "TIME_LIMIT",
  "COMPUTE_LIMIT",
  "CPU_LIMIT",
  "STACK_LIMIT",
  "REQUEST_LIMIT",
  "CALL_LIMIT",
  "TIMER_LIMIT",
  "SENT_LIMIT",
  "RECEIVED_LIMIT",
  "OUTPUT_LIMIT",
  "KEPT_LIMIT",
]);
const CALL_MISTAKES = new Set(["BAD_ARGUMENT", "BAD_OPTION", "UNKNOWN_THREAD"]);
/** Messages of the host about a guest that breaks the ABI. */
const BROKEN =
  /^the guest (called an import out of turn|did not rewind)|^the entry returned no number$|^the script waits for /;
const LONGEST_MESSAGE = 10_000;

/** Names the outcome of a case. Throws if the documentation does not allow this outcome. */
export class Judge {
  async ofRun(running: Promise<RunResult>, signal?: AbortSignal): Promise<string> {
    try {
      const { outputBytes } = await running;
      assert.ok(!outputBytes.includes(SECRET), "the output has what belongs to another run");
      return "value";
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return "aborted";
      if (!(error instanceof ScriptError) || !RUN_CODES.has(error.code)) throw error;
      checkMessage(error);
      assert.ok(!error.output.includes(SECRET), "the output has what belongs to another run");
      if (error.code === "SCRIPT_TRAPPED") checkTrap(error);
      return error.code;
    }
  }

  async ofLoad(loading: Promise<unknown>): Promise<string> {
    try {
      await loading;
      return "loaded";
    } catch (error) {
      const isRefusal = error instanceof HttpBackgroundError && error.code === "BAD_MODULE";
      const isUntransformed = error instanceof ScriptError && error.code === "COMPILE_FAILED";
      if (!isRefusal && !isUntransformed) throw error;
      checkMessage(error);
      return error.code;
    }
  }

  async ofCall(calling: Promise<object>, thrown: Error): Promise<string> {
    try {
      const result = (await calling) as {
        status?: unknown;
        content?: unknown;
        error?: unknown;
        code?: string;
      };
      if (typeof result.status === "number" && Buffer.isBuffer(result.content)) return "value";
      assert.ok(Object.hasOwn(SENTENCES, result.code ?? ""), `a code that is none: ${result.code}`);
      return result.code as string;
    } catch (error) {
      if (error === thrown) return "thrown by the caller";
      if (error instanceof TypeError && /proxy|incompatible receiver/i.test(error.message))
        return "refused by a proxy";
      if (!(error instanceof HttpBackgroundError) || !CALL_MISTAKES.has(error.code)) throw error;
      return error.code;
    }
  }
}

/** Checks the cause of a trap, because a mistake in the host would look like a trap of the guest. */
function checkTrap({ cause }: ScriptError): void {
  const isTrap =
    cause instanceof WebAssembly.RuntimeError ||
    cause instanceof RangeError ||
    cause instanceof RecursionError;
  if (!isTrap && !BROKEN.test((cause as Error).message)) throw cause;
}

function checkMessage({ message }: Error): void {
  assert.ok(message.length <= LONGEST_MESSAGE, `a message of ${message.length} characters`);
  assert.doesNotMatch(message, /(?![\n\t\r])\p{Cc}/u, "a message with characters that command a terminal");
}
