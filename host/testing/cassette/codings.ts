import * as zlib from "node:zlib";

/** How large content may become when its coding is undone. */
const LARGEST = 64 * 1024 * 1024;
/** How many codings are undone, one in the other. */
const MOST_CODINGS = 4;

type Decode = (bytes: Buffer, options: { maxOutputLength: number; finishFlush?: number }) => Buffer;

interface Coding {
  encode(bytes: Buffer): Buffer;
  readonly decode: Decode;
}

const GZIP: Coding = { encode: zlib.gzipSync, decode: zlib.gunzipSync };
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", GZIP],
  ["x-gzip", GZIP],
  ["deflate", { encode: zlib.deflateSync, decode: inflate }],
  ["br", { encode: zlib.brotliCompressSync, decode: zlib.brotliDecompressSync }],
]);

/** The content without its codings; null if there are none, or if they cannot be undone. */
export function decodeContent(content: Buffer, coding: string): Buffer | null {
  const known = namesIn(coding).map((name) => CODINGS.get(name));
  if (known.length === 0 || known.length > MOST_CODINGS || content.length === 0) return null;
  let bytes = content;
  try {
    for (const one of known.reverse()) {
      if (one === undefined) return null;
      bytes = one.decode(bytes, { maxOutputLength: LARGEST });
    }
  } catch {
    return null;
  }
  return bytes;
}

/** The content in codings that `decodeContent` knows. */
export function encodeContent(content: Buffer, coding: string): Buffer {
  return namesIn(coding).reduce((bytes, name) => CODINGS.get(name)?.encode(bytes) ?? bytes, content);
}

/** As much of the content as can be seen, if it breaks off, or has a coding of which only some versions of Node know. */
export function glimpse(content: Buffer, coding: string): Buffer | null {
  const names = namesIn(coding);
  if (names.length === 0 || names.length > MOST_CODINGS) return null;
  let bytes = content;
  for (const name of names.reverse()) {
    const seen = glimpseOne(bytes, name);
    if (seen === null) return null;
    bytes = seen;
  }
  return bytes;
}

function glimpseOne(bytes: Buffer, name: string): Buffer | null {
  const decode = name === "zstd" ? zstd : CODINGS.get(name)?.decode;
  const { BROTLI_OPERATION_FLUSH, Z_SYNC_FLUSH } = zlib.constants;
  try {
    const finishFlush = name === "br" ? BROTLI_OPERATION_FLUSH : Z_SYNC_FLUSH;
    return decode?.(bytes, { maxOutputLength: LARGEST, ...(name !== "zstd" && { finishFlush }) }) ?? null;
  } catch {
    return null;
  }
}

/** Node has it from version 22.15 on. */
const zstd = (zlib as { zstdDecompressSync?: Decode }).zstdDecompressSync;

/** Some servers send it without the head of zlib (RFC 9110 §8.4.1.2). */
function inflate(bytes: Buffer, options: Parameters<Decode>[1]): Buffer {
  try {
    return zlib.inflateSync(bytes, options);
  } catch {
    return zlib.inflateRawSync(bytes, options);
  }
}

function namesIn(coding: string): string[] {
  return coding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
}
