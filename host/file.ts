import { Blob } from "node:buffer";
import { fstatSync } from "node:fs";
export type FileLike = Blob | AsyncIterable<Uint8Array>;
export function isFile(value: object): value is FileLike {
  return value instanceof Blob || "fd" in value || Symbol.asyncIterator in value;
}
export function fileSize(value: object): number {
  return value instanceof Blob ? value.size : "fd" in value ? fstatSync(value.fd as number).size : -1;
}
