import type { Feeding } from "./core.ts";
import { ReadableStream } from "./readable-stream.ts";

/** Bytes of a piece. */
const PIECE = 65_536;

/**
 * A stream of bytes that are there already, in pieces.
 *
 * @param read Some bytes from an offset; none at the end
 * @param release Called when nobody will read any more
 */
export function streamOfPieces(
  read: (offset: number, length: number) => Uint8Array,
  release: () => void = () => {},
): ReadableStream {
  let at = 0;
  const pull = (controller: Feeding): void => {
    const piece = read(at, PIECE);
    at += piece.length;
    if (piece.length > 0) {
      controller.enqueue(piece);
      return;
    }
    release();
    controller.close();
  };
  return new ReadableStream({ pull, cancel: release }, { highWaterMark: 0 });
}
