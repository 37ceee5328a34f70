import { close, constants, createReadStream, open as openDescriptor } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { addAbortSignal, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { asBytes } from "./raw-arguments.ts";

/** The time of the command is over, and something that it reads has not ended. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

/**
 * Reads a file, or standard input if the path is `-`.
 *
 * @param signal aborts when the time is over
 * @throws TimedOut; and what the system says, if it cannot be read
 */
export async function readInput(path: string, signal?: AbortSignal): Promise<Buffer> {
  const stream = await openStream(path);
  if (signal !== undefined) addAbortSignal(signal, stream);
  try {
    return await buffer(stream);
  } catch (error) {
    throw signal?.aborted ? new TimedOut() : error;
  } finally {
    stream.destroy();
  }
}

async function openStream(path: string): Promise<Readable> {
  if (path === "-") return process.stdin;
  return (await isPipe(path)) ? openPipe(path) : createReadStream(asBytes(path));
}

/** Opens a file to be sent: a pipe as a stream, everything else as a file. A directory is refused. */
export async function openInput(path: string): Promise<FileHandle | Readable> {
  if (path === "-") return process.stdin;
  if (await isPipe(path)) return openPipe(path);
  const handle = await open(asBytes(path));
  if (!(await handle.stat()).isDirectory()) return handle;
  await handle.close();
  throw new Error("it is a directory");
}

async function isPipe(path: string): Promise<boolean> {
  return (await stat(asBytes(path))).isFIFO();
}

/**
 * Opens a named pipe without waiting for a writer. Otherwise a thread would stand still in the system until there is one,
 * and the process with it, whatever its time limit.
 */
async function openPipe(path: string): Promise<Socket> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const descriptor = await promisify(openDescriptor)(asBytes(path), flags);
  try {
    return new Socket({ fd: descriptor, readable: true, writable: false });
  } catch (error) {
    close(descriptor, () => {});
    throw error;
  }
}
