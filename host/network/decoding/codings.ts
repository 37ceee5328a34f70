import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { ByteString } from "../transfer/byte-string.ts";
import { type KeptHead, readFields } from "../transfer/kept-head.ts";
import { trimSpaces } from "../transfer/trim.ts";

/** What takes one coding off. */
export interface Engine extends Transform {
  /** Number of bytes that it has read of what was written to it. */
  readonly bytesWritten: number;
}

/** One coding of content. */
export interface Coding {
  /** How many bytes the choice of an engine needs. */
  readonly least: number;
  /** Whether it consists of frames that have to be found. */
  readonly hasFrames?: boolean;
  /** @param start The first bytes of the coded content. */
  makeEngine(start: Uint8Array): Engine;
}

/** As long as libcurl's list (MAX_ENCODE_STACK). */
const MOST_CODINGS = 5;
/** RFC 9659 §3: a window has at most 8 MiB. */
const ZSTD_WINDOW_LOG = 23;

const GZIP: Coding = { least: 1, makeEngine: () => zlib.createGunzip() };
/** Some servers leave out the frame that RFC 9110 §8.4.1.2 wants. libcurl and browsers take both. */
const DEFLATE: Coding = {
  least: 2,
  makeEngine: (start) => (hasZlibHeader(start) ? zlib.createInflate() : zlib.createInflateRaw()),
};
const BROTLI: Coding = { least: 1, makeEngine: () => zlib.createBrotliDecompress() };

/** What Node has from version 22.15 on. */
interface Zstd {
  createZstdDecompress?: (options: { params: Record<number, number> }) => Engine;
  constants: { ZSTD_d_windowLogMax?: number };
}
const {
  createZstdDecompress,
  constants: { ZSTD_d_windowLogMax = 0 },
} = zlib as unknown as Zstd;

const CODINGS: ReadonlyMap<string, Coding | null> = new Map([
  ["identity", null],
  ["none", null],
  ["deflate", DEFLATE],
  ["gzip", GZIP],
  ["x-gzip", GZIP],
  ["br", BROTLI],
  ...zstd(),
]);

/** The value of Accept-Encoding that asks for all of them, in the order of libcurl. */
export const ACCEPTED = ["deflate", "gzip", "br", "zstd"].filter((name) => CODINGS.has(name)).join(", ");

/** The codings of a response, the outermost first; null if there is one that is not known, or if there are too many. */
export function codingsOf(head: KeptHead): readonly Coding[] | null {
  const names = readFields(head)
    .filter(([name]) => name.toLowerCase() === "content-encoding")
    .flatMap(([, value]) => value.split(","))
    .map(nameOf)
    .filter((name) => name !== "");
  if (names.length > MOST_CODINGS || !names.every((name) => CODINGS.has(name))) return null;
  return names.flatMap((name) => CODINGS.get(name) ?? []).reverse();
}

function nameOf(text: ByteString): string {
  return trimSpaces(text).toLowerCase();
}

function zstd(): [string, Coding][] {
  if (createZstdDecompress === undefined) return [];
  const params = { [ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
  return [["zstd", { least: 1, hasFrames: true, makeEngine: () => createZstdDecompress({ params }) }]];
}

/** RFC 1950 §2.2. */
function hasZlibHeader([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}
