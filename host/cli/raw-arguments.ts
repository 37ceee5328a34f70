import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { Mistake } from "./command.ts";

/** Node replaces bytes that are not UTF-8 by this character. */
const REPLACEMENT = "\ufffd";
/** A byte of 0x80 or more that is not UTF-8 becomes this plus the byte. It is a single surrogate, which no text has. */
const ESCAPE = 0xdc00;
const ESCAPED = /([\udc80-\udcff])/u;

/**
 * The arguments of the command line as text. Bytes that are not UTF-8 are escaped in it, and `asBytes` returns them. So
 * all other code can treat an argument as ordinary text.
 *
 * @param args The arguments as Node gives them.
 * @param readCommandLine Returns the bytes of all arguments of the process, with a NUL after each.
 * @throws {Mistake} if Node has lost bytes, and they cannot be found out
 */
export function readArguments(
  args: readonly string[],
  readCommandLine: () => Buffer = () => readFileSync("/proc/self/cmdline"),
): string[] {
  if (!args.some((arg) => arg.includes(REPLACEMENT))) return [...args];
  const given = tryRead(readCommandLine)?.slice(-args.length) ?? [];
  return args.map((arg, index) => {
    if (!arg.includes(REPLACEMENT)) return arg;
    const bytes = given[index];
    if (given.length !== args.length || bytes === undefined || !mayBe(bytes, arg)) throw lost(arg);
    return escapeBytes(bytes);
  });
}

/** Whether it is text, which means that no byte in it is escaped. */
export function isText(argument: string): boolean {
  return !ESCAPED.test(argument);
}

/** An argument or a part of one: text if it is UTF-8, otherwise its bytes. */
export function asBytes(argument: string): string | Buffer {
  return isText(argument) ? argument : bytesOf(argument);
}

/** The bytes of an argument, or of a part of one. */
export function bytesOf(argument: string): Buffer {
  const pieces = argument.split(ESCAPED);
  return Buffer.concat(
    pieces.map((piece, index) =>
      index % 2 === 0 ? Buffer.from(piece) : Buffer.of(piece.charCodeAt(0) - ESCAPE),
    ),
  );
}

/** An argument as a message shows it. Bytes are shown as `\xe9`. */
export function showBytes(argument: string): string {
  return argument.replace(/[\udc80-\udcff]/gu, (escaped) => {
    return `\\x${(escaped.charCodeAt(0) - ESCAPE).toString(16)}`;
  });
}

/**
 * Refuses an argument that is not text.
 *
 * @throws {Mistake} which names the argument with `what`
 */
export function requireText(what: string, argument: string): string {
  if (!isText(argument)) throw new Mistake(`${what}: "${argument}" is not UTF-8`);
  return argument;
}

function tryRead(readCommandLine: () => Buffer): Buffer[] | undefined {
  try {
    return splitAtNul(readCommandLine());
  } catch {
    return undefined;
  }
}

function splitAtNul(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    pieces.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = end < 0 ? bytes.length : end + 1;
  }
  return pieces;
}

/** Whether Node can have made `arg` of these bytes. If the process has a title, it may have replaced the arguments. */
function mayBe(bytes: Buffer, arg: string): boolean {
  return joined(bytes.toString()) === joined(arg);
}

/** Joins replacements, because decoders may use a different number of them for the same bytes. */
function joined(text: string): string {
  return text.replace(/\ufffd+/g, REPLACEMENT);
}

function escapeBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    text +=
      length === 0 ? String.fromCharCode(ESCAPE + (bytes[at] ?? 0)) : bytes.toString("utf8", at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** Length of the character in bytes; 0 if no character begins there. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    if (isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}

function lost(arg: string): Mistake {
  return new Mistake(
    `"${arg}" has bytes that are not UTF-8, or the character U+FFFD, and cannot be read here as it was given: ` +
      "what is sent can come from a file (-f, -F NAME=@FILE)",
    { isOfUsage: false },
  );
}
