import { once } from "node:events";
import { Writable } from "node:stream";
import type { Into, Result } from "../index.ts";
import { EXIT, Mistake } from "./command.ts";
import { requireText } from "./raw-arguments.ts";
import { formatJson, formatResult } from "./result.ts";
import { ForeignWriter, writeForeign } from "./terminal.ts";

/** Where the content of a call goes, and what is printed at its end. */
export interface Output {
  /** Where the content is written while it comes; undefined if it is printed at the end. */
  readonly into: Into | undefined;
  /** Prints what is left to say. @returns the exit code */
  print(result: Result): Promise<number>;
}

/** @throws Mistake if `output` can be no file */
export function outputFor({ raw, output }: { raw?: boolean; output?: string }): Output {
  if (output === "-" || (raw === true && output === undefined))
    return { into: contentTarget(process.stdout), print: endRaw };
  if (output === undefined) return { into: undefined, print: printJson };
  if (output === "") throw new Mistake("--output needs the name of a file");
  const into = requireText("--output", output);
  return { into, print: (result) => endFile(into, result, raw ?? false) };
}

/** A pipe or a file takes the bytes as they are. A terminal is written at once, so that it needs no back-pressure. */
function contentTarget(stream: NodeJS.WriteStream): Writable {
  if (stream.isTTY !== true) return stream;
  const writer = new ForeignWriter(stream);
  return new Writable({
    write: (piece: Buffer, _encoding, done) => {
      writer.write(piece);
      done();
    },
    final: (done) => {
      writer.end();
      done();
    },
  });
}

async function printJson(result: Result): Promise<number> {
  await write(`${formatResult(result)}\n`);
  return exitCode(result);
}

/** The content is printed already. That the reader has closed the pipe, as `| head` does, is no error. */
async function endRaw(result: Result): Promise<number> {
  if (result.code === "WRITE_ERROR") return result.cause?.code === "EPIPE" ? EXIT.status : EXIT.mistake;
  if (result.error !== undefined) printError(result.error, result.code);
  return exitCode(result);
}

async function endFile(path: string, result: Result, raw: boolean): Promise<number> {
  const { error, code, status } = result;
  if (code === "WRITE_ERROR")
    writeForeign(process.stderr, `http-background call: ${path}: ${result.cause?.message}\n`);
  if (!raw) await write(`${formatJson(error === undefined ? { status } : { error, code })}\n`);
  else if (error !== undefined) printError(error, code);
  return exitCode(result);
}

function printError(error: string, code: string): void {
  process.stderr.write(`${error} (${code})\n`);
}

function exitCode(result: Result): number {
  return result.error === undefined ? EXIT.status : EXIT.error;
}

async function write(text: string): Promise<void> {
  // Errors, for example of a closed pipe, are handled by another listener. Here an error only ends the wait.
  if (!writeForeign(process.stdout, text))
    await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]).catch(() => {});
}
