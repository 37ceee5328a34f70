import { describePlace, RecursionError } from "./abort.ts";
import { type Place, ScriptError, type ScriptErrorCode } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { type Limits, limitError } from "./limits.ts";

/** A frame in a stack of the engine. Its place is at the end of the line, or in brackets there. */
const FRAME = "    at ";
const NAME_END = " (";
const DIGITS = /^\d{1,9}$/;
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
const NOT_LOADED = ["SyntaxError: ", "TypeError: there is no module "] as const;
const NOT_IMPORTED = ['TypeError: "', '" cannot be imported: '] as const;
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
  const isMistaken = fault.code === "source" || saysNotLoaded(fault.message);
  const code = isMistaken ? "COMPILE_FAILED" : "SCRIPT_ABORTED";
  return scriptError(fault, code, shown(fault.message));
}

function saysNotLoaded(message: string): boolean {
  const [before, after] = NOT_IMPORTED;
  const [line = ""] = message.split("\n", 1);
  const isNotImported = line.startsWith(before) && line.includes(after, before.length);
  return isNotImported || NOT_LOADED.some((start) => line.startsWith(start));
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
    const place = placeIn(line.slice(0, LONGEST_LINE));
    const isOwn = place !== undefined && !place.file.startsWith(OWN) && !place.file.startsWith(NAMELESS);
    if (!isOwn || frames.length === MOST_FRAMES) continue;
    frames.push({ line: shown(line), place: { ...place, file: shown(place.file) } });
  }
  return frames;
}

/** `    at NAME (FILE:LINE:COLUMN)`, or without a name and brackets; undefined if it is not a frame. */
function placeIn(frame: string): Place | undefined {
  if (!frame.startsWith(FRAME)) return undefined;
  const hasName = frame.endsWith(")");
  const end = hasName ? frame.length - 1 : frame.length;
  const columnAt = frame.lastIndexOf(":", end - 1) + 1;
  const lineAt = frame.lastIndexOf(":", columnAt - 2) + 1;
  const fileAt = hasName ? frame.indexOf(NAME_END) + NAME_END.length : FRAME.length;
  const file = frame.slice(Math.max(FRAME.length, fileAt), Math.max(0, lineAt - 1));
  const [line, column] = [frame.slice(lineAt, columnAt - 1), frame.slice(columnAt, end)];
  const isPlace = file !== "" && DIGITS.test(line) && DIGITS.test(column);
  return isPlace ? { file, line: Number(line), column: Number(column) } : undefined;
}

/** Text of a script, without characters that would control a terminal. */
function shown(text: string): string {
  return text.slice(0, LONGEST_TEXT).replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
