import { Blob } from "node:buffer";
import { fstatSync, ReadStream, type Stats, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";

/** What a File may be. Its bytes are read while they are sent; they are never all in memory at the same time. */
export type FileLike = Blob | FileHandle | Readable | ReadableStream | AsyncIterable<Uint8Array | string>;

/** How a File is read. */
export type FileKind = "blob" | "handle" | "stream" | "web" | "iterable";

const KINDS: readonly (readonly [kind: FileKind, is: (value: object) => boolean])[] = [
  ["blob", (value) => value instanceof Blob],
  ["web", (value) => value instanceof ReadableStream],
  // Node does not export the class FileHandle. A ReadStream has `fd` and `read` too, but it has no `stat`.
  ["handle", (value) => hasMethods(value, "read", "stat") && "fd" in value],
  // This includes the streams of older libraries, which are not of Node's own class.
  ["stream", (value) => hasMethods(value, "pipe", "on") && Symbol.asyncIterator in value],
  ["iterable", (value) => Symbol.asyncIterator in value],
];

/** How `value` is read, if it is a File; undefined if it is not a File. */
export function fileKind(value: object): FileKind | undefined {
  return KINDS.find(([, is]) => is(value))?.[0];
}

export function isFile(value: object): value is FileLike {
  return fileKind(value) !== undefined;
}

/**
 * The size in bytes of a File that is read from its start to its end; -1 if the size is not known before it is read.
 *
 * @throws for a FileHandle that is closed.
 */
export function fileSize(value: FileLike): number {
  if (value instanceof Blob) return value.size;
  if (value instanceof ReadStream) return readStreamSize(value);
  return fileKind(value) === "handle" ? regularSize(fstatSync((value as FileHandle).fd)) : -1;
}

/** How many bytes a stream of a path will give, from `start` to `end`. */
function readStreamSize(stream: ReadStream): number {
  const { path, start = 0, end = Number.POSITIVE_INFINITY } = stream as ReadStream & Range;
  // A stream without a path begins at the current position of its descriptor, which is not known.
  if (!path || stream.readableDidRead || stream.readableEncoding !== null) return -1;
  const size = regularSize(statPath(path));
  return size < 0 ? -1 : Math.max(0, Math.min(end + 1, size) - start);
}

/** Does not throw: if the path is wrong, the read will fail and say so. */
function statPath(path: string | Buffer): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Two members that are missing in @types/node. `end` is the position of the last byte. */
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
