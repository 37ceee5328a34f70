import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from "node:zlib";

/** How large content may become when its coding is undone. */
const LARGEST = 64 * 1024 * 1024;

interface Coding {
  encode(bytes: Buffer): Buffer;
  decode(bytes: Buffer, limit: { maxOutputLength: number }): Buffer;
}

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", { encode: gzipSync, decode: gunzipSync }],
  ["deflate", { encode: deflateSync, decode: inflateSync }],
  ["br", { encode: brotliCompressSync, decode: brotliDecompressSync }],
]);

/** The content without its coding; null if there is none, or if it cannot be undone. */
export function decodeContent(content: Buffer, coding: string): Buffer | null {
  const known = CODINGS.get(coding);
  if (known === undefined || content.length === 0) return null;
  try {
    return known.decode(content, { maxOutputLength: LARGEST });
  } catch {
    return null;
  }
}

/** The content in a coding that `decodeContent` knows. */
export function encodeContent(content: Buffer, coding: string): Buffer {
  return CODINGS.get(coding)?.encode(content) ?? content;
}
