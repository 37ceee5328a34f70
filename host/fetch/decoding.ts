import { Readable, type Transform } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import * as zlib from "node:zlib";

// As curl and browsers do: content that lacks its last bytes is accepted.
const GZIP = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH };
const BROTLI = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
};

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip(GZIP),
  "x-gzip": () => zlib.createGunzip(GZIP),
  deflate: () => zlib.createInflate(GZIP),
  br: () => zlib.createBrotliDecompress(BROTLI),
};

/** The codings that are asked for. */
export const ACCEPTED = "gzip, deflate, br";
/** More would only keep the reader busy. */
const MOST_CODINGS = 5;

/** Content without its codings. If one of them is not known, the content stays as it is. It is decoded as it is read. */
export function decode(
  content: ReadableStream<Uint8Array>,
  codings: string | null,
): ReadableStream<Uint8Array> {
  const names = (codings ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  const wanted = names.filter((name) => name !== "" && name !== "identity").reverse();
  const isKnown = wanted.length <= MOST_CODINGS && wanted.every((name) => Object.hasOwn(DECODERS, name));
  if (wanted.length === 0 || !isKnown) return content;
  let stream: Readable = Readable.fromWeb(content as WebStream);
  for (const name of wanted) stream = join(stream, (DECODERS[name] as () => Transform)());
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

/** As `pipe`, but the end of either is the end of both. */
function join(from: Readable, to: Transform): Transform {
  from.on("error", (error) => to.destroy(error));
  to.on("close", () => from.destroy()).on("error", () => {});
  return from.pipe(to);
}
