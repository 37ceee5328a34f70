import { Blob } from "node:buffer";
import { fstatSync, ReadStream, type Stats, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";

/** What a File may be: bytes that are read while they are sent, and never held as a whole. */
export type FileLike = Blob | FileHandle | Readable | ReadableStream | AsyncIterable<Uint8Array | string>;

/** How a File is read. */
export type FileKind = "blob" | "handle" | "stream" | "web" | "iterable";

const KINDS: readonly (readonly [kind: FileKind, is: (value: object) => boolean])[] = [
  ["blob", (value) => value instanceof Blob],
  ["web", (value) => value instanceof ReadableStream],
  // The class is not exported. A descriptor and `read` has a ReadStream too, `stat` it has not.
  ["handle", (value) => hasMethods(value, "read", "stat") && "fd" in value],
  // Also those of older libraries, which are not Node's own class.
  ["stream", (value) => hasMethods(value, "pipe", "on") && Symbol.asyncIterator in value],
  ["iterable", (value) => Symbol.asyncIterator in value],
];

/** How `value` is read if it is a File; undefined if it is none. */
export function fileKind(value: object): FileKind | undefined {
  return KINDS.find(([, is]) => is(value))?.[0];
}

export function isFile(value: object): value is FileLike {
  return fileKind(value) !== undefined;
}

/**
 * The size in bytes of a File that is read whole; -1 if only reading it tells.
 *
 * @throws for a FileHandle that is closed.
 */
export function fileSize(value: FileLike): number {
  if (value instanceof Blob) return value.size;
  if (value instanceof ReadStream) return readStreamSize(value);
  return fileKind(value) === "handle" ? regularSize(fstatSync((value as FileHandle).fd)) : -1;
}

/** What a stream over a path will give, from `start` to `end`. */
function readStreamSize(stream: ReadStream): number {
  const { path, start = 0, end = Number.POSITIVE_INFINITY } = stream as ReadStream & Range;
  // Without a path it begins where its descriptor happens to be.
  if (!path || stream.readableDidRead || stream.readableEncoding !== null) return -1;
  const size = regularSize(statPath(path));
  return size < 0 ? -1 : Math.max(0, Math.min(end + 1, size) - start);
}

/** What is wrong with a path is found out when it is read. */
function statPath(path: string | Buffer): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** What @types/node leaves out; the last byte is included. */
interface Range {
  start?: number;
  end?: number;
}

function regularSize(stats: Stats | undefined): number {
  return stats?.isFile() ? stats.size : -1;
}

function hasMethods(value: object, ...names: string[]): boolean {
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}
