import { once } from "node:events";
import { Writable } from "node:stream";
import { receiveInto } from "../calls/receive-into.ts";
import type { Into, Result, Streamed } from "../index.ts";
import { EXIT, Mistake } from "./command.ts";
import { requireText } from "./raw-arguments.ts";
import { headLines } from "./response-head.ts";
import { formatJson, formatResult } from "./result.ts";
import { ForeignWriter, writeForeign } from "./terminal.ts";

/** The flags for where the content goes. */
export const OUTPUT_FLAGS = {
  raw: { type: "boolean" },
  output: { type: "string", short: "o" },
  include: { type: "boolean", short: "i" },
  fail: { type: "boolean" },
} as const;

interface OutputFlags {
  raw?: boolean | undefined;
  output?: string | undefined;
  include?: boolean | undefined;
  fail?: boolean | undefined;
}

/** A response whose head has come, and what it came over. */
export interface Begun {
  readonly result: Streamed;
  readonly protocol: "h2" | "http/1.1" | undefined;
}

/** Where the content of a call goes, and what is printed at its end. */
export interface Output {
  /** Whether the content is written to standard output while it comes. */
  readonly isRaw: boolean;
  /** Takes the content. */
  receive(begun: Begun, signal: AbortSignal): Promise<Result>;
  /** Prints what is left to say. @returns the exit code */
  print(result: Result): Promise<number>;
}

/** @throws Mistake if `output` can be no file */
export function outputFor({ raw = false, output, include = false, fail = false }: OutputFlags): Output {
  const path = output === "-" ? undefined : output;
  const isRaw = output === "-" || ((raw || include) && path === undefined);
  if (path === "") throw new Mistake("-o: it needs the name of a file");
  if (path !== undefined) requireText("-o", path);
  const into = path ?? (isRaw ? contentTarget(process.stdout) : undefined);
  const print = path !== undefined ? printOfFile(path, raw || include) : isRaw ? endRaw : printJson;
  return {
    isRaw,
    receive: async ({ result, protocol }, signal) => {
      // What is printed as JSON has its status in it.
      if (fail && into !== undefined && isRefusal(result)) return dropped(result);
      if (into === undefined) return collect(result, signal);
      return receiveInto(into, Promise.resolve(include ? withHead(result, protocol) : result), signal);
    },
    print: async (result) => {
      const code = await print(result);
      if (!fail || code !== EXIT.status || !isRefusal(result)) return code;
      process.stderr.write(`http-background call: the server answered with the status ${result.status}\n`);
      return EXIT.refused;
    },
  };
}

/** Whether the server has answered with an error. */
function isRefusal({ status = 0 }: Pick<Result | Streamed, "status">): boolean {
  return status >= 400;
}

/** The response without its content. */
async function dropped(result: Streamed): Promise<Result> {
  await result.content.cancel().catch(() => {});
  return Object.assign(result, { content: Buffer.alloc(0) });
}

/** Keeps the content for JSON. @throws Mistake if it is too long for a Buffer */
async function collect(result: Streamed, signal: AbortSignal): Promise<Result> {
  const pieces: Uint8Array[] = [];
  const sink = new Writable({
    write: (piece: Uint8Array, _encoding, done) => {
      pieces.push(piece);
      done();
    },
  });
  const received = await receiveInto(sink, Promise.resolve(result), signal);
  if (received.error !== undefined) return received;
  try {
    return Object.assign(received, { content: Buffer.concat(pieces) });
  } catch (cause) {
    throw new Mistake("the content is too long for JSON: print it with --raw", { cause, isOfUsage: false });
  }
}

/** The response, with the lines of its head before its content. */
function withHead(result: Streamed, protocol: Begun["protocol"]): Streamed {
  const { content } = result;
  const lines = headLines(result, protocol).map((line) => `${line}\r\n`);
  async function* all(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${lines.join("")}\r\n`, "latin1");
    yield* content;
  }
  return Object.assign(result, { content: ReadableStream.from(all()) as Streamed["content"] });
}

/** A pipe or a file takes the bytes as they are. A terminal is written at once, so that it needs no back-pressure. */
function contentTarget(stream: NodeJS.WriteStream): Writable & Into {
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

function printOfFile(path: string, isQuiet: boolean): Output["print"] {
  return async (result) => {
    const { error, code, status } = result;
    if (code === "WRITE_ERROR")
      writeForeign(process.stderr, `http-background call: ${path}: ${result.cause?.message}\n`);
    if (!isQuiet) await write(`${formatJson(error === undefined ? { status } : { error, code })}\n`);
    else if (error !== undefined) printError(error, code);
    return exitCode(result);
  };
}

function printError(error: string, code: string): void {
  process.stderr.write(`${error} (${code})\n`);
}

function exitCode(result: Result): number {
  return result.error === undefined ? EXIT.status : EXIT.error;
}

/** Writes to standard output, and waits until there is room for more. */
export async function write(text: string): Promise<void> {
  // Errors, for example of a closed pipe, are handled by another listener. Here an error only ends the wait.
  if (!writeForeign(process.stdout, text))
    await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]).catch(() => {});
}
