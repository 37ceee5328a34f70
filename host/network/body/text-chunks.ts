import { CHUNK_BYTES, cut } from "./source.ts";

/** The UTF-8 of a text, in chunks. Half a pair alone becomes U+FFFD, and no pair is cut in two. */
export function* encodeText(text: string): Generator<Uint8Array> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + CHUNK_BYTES, text.length);
    if (end < text.length && isHighHalf(text.charCodeAt(end - 1))) end--;
    yield* cut(Buffer.from(text.slice(start, end)));
    start = end;
  }
}

function isHighHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
