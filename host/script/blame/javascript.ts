import { describePlace, RecursionError } from "./abort.ts";
import { type Place, ScriptError, type ScriptErrorCode } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { type Limits, limitError } from "./limits.ts";

/** The places that stacks of the engine name: at the end of a line, or in brackets there. */
const FRAME = /^ {4}at (?:.* \()?([^()\n]{1,1024}):(\d{1,9}):(\d{1,9})\)?$/;
/** Names of our own code begin with the first, and what the engine calls code without a name with the second. */
const OWN = "http-background:";
const NAMELESS = "<";
/** Frames that are shown. */
const MOST_FRAMES = 20;
/** Characters of a frame, and of the message. */
const LONGEST_LINE = 512;
const LONGEST_TEXT = 4096;

/** What is thrown if memory runs out. Some built-ins then throw a value that no script has. */
const NO_MEMORY: ReadonlySet<string> = new Set(["InternalError: out of memory", "[uninitialized]"]);
/** A mistake in the source that shows when it is evaluated: its syntax, or an import that there is not. */
const NOT_LOADED = /^(?:SyntaxError: |TypeError: (?:"[^\n]*" cannot be imported: |there is no module ))/;
const TOO_DEEP = "RangeError: Maximum call stack size exceeded";

/** The error with which a run in JavaScript rejects. */
export function rejectionOfFault(fault: Fault, limits: Pick<Limits, "memoryPages">): ScriptError {
  if (fault.code === "memory" || NO_MEMORY.has(fault.message))
    return limitError("memoryPages", limits.memoryPages);
  if (fault.message === TOO_DEEP)
    return scriptError(
      fault,
      "SCRIPT_TRAPPED",
      "the script trapped: it recursed too deeply",
      new RecursionError(),
    );
  const [code, message] = SENTENCES[fault.code](shown(fault.message));
  return scriptError(fault, code, message);
}

/** The error for a script that does not load. */
export function rejectionOfLoad(fault: Fault, limits: Pick<Limits, "memoryPages">): ScriptError {
  if (fault.code === "memory" || NO_MEMORY.has(fault.message)) return rejectionOfFault(fault, limits);
  const isMistaken = fault.code === "source" || NOT_LOADED.test(fault.message);
  const code = isMistaken ? "COMPILE_FAILED" : "SCRIPT_ABORTED";
  return scriptError(fault, code, shown(fault.message));
}

const SENTENCES: Readonly<Record<Fault["code"], (text: string) => [ScriptErrorCode, string]>> = {
  thrown: (text) => ["SCRIPT_ABORTED", text],
  rejection: (text) => ["SCRIPT_ABORTED", `unhandled rejection: ${text}`],
  result: (text) => ["SCRIPT_ABORTED", `the result cannot be returned: ${text}`],
  idle: (text) => ["SCRIPT_ABORTED", text],
  source: (text) => ["COMPILE_FAILED", text],
  entry: (text) => [
    "NO_ENTRY",
    `the script has no entry ${JSON.stringify(text)}: it exports no function of this name`,
  ],
  memory: (text) => ["MEMORY_LIMIT", text],
};

function scriptError(fault: Fault, code: ScriptErrorCode, message: string, cause?: Error): ScriptError {
  const frames = framesOf(fault.stack ?? "");
  const [first] = frames;
  const error = new ScriptError(
    code,
    first === undefined ? message : `${message} at ${describePlace(first.place)}`,
    { place: first?.place, cause },
  );
  // Those of the host say nothing of the script.
  error.stack = [`${error.name}: ${error.message}`, ...frames.map(({ line }) => line)].join("\n");
  return error;
}

/** The frames of the script's own code. */
function framesOf(stack: string): { readonly line: string; readonly place: Place }[] {
  const frames: { line: string; place: Place }[] = [];
  for (const line of stack.split("\n", 4 * MOST_FRAMES)) {
    const [, file = "", row = "", column = ""] = FRAME.exec(line.slice(0, LONGEST_LINE)) ?? [];
    const isForeign = file === "" || file.startsWith(OWN) || file.startsWith(NAMELESS);
    if (isForeign || frames.length === MOST_FRAMES) continue;
    frames.push({
      line: shown(line),
      place: { file: shown(file), line: Number(row), column: Number(column) },
    });
  }
  return frames;
}

/** Text of a script, without characters that would control a terminal. */
function shown(text: string): string {
  return text.slice(0, LONGEST_TEXT).replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
