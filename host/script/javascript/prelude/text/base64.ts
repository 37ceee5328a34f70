import { host } from "../seam/host.ts";
import { requireArguments } from "../values/idl.ts";

/** Characters that the engine converts at a time: nothing can interrupt it. A multiple of three and of four. */
const PIECE = 3 * 2 ** 16;
const WHITE = /[\t\n\f\r ]+/g;
/** It is no base64. */
const WRONG = "=";

const native = { atob: globalThis.atob, btoa: globalThis.btoa };

export function atob(text: unknown): string {
  requireArguments(arguments.length, 1, "atob");
  const given = `${text}`;
  if (given.length <= PIECE) return convert(native.atob, given);
  const data = given.replace(WHITE, "");
  // Where it ends a piece, padding would be allowed.
  const padding = data.indexOf("=");
  if (padding !== -1 && padding < data.length - 2) return native.atob(WRONG);
  return inPieces(native.atob, data);
}

export function btoa(text: unknown): string {
  requireArguments(arguments.length, 1, "btoa");
  return inPieces(native.btoa, `${text}`);
}

function inPieces(convertPiece: (piece: string) => string, text: string): string {
  if (text.length <= PIECE) return convert(convertPiece, text);
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += PIECE)
    pieces.push(convert(convertPiece, text.slice(at, at + PIECE)));
  return pieces.join("");
}

function convert(convertPiece: (piece: string) => string, piece: string): string {
  host.spend(piece.length);
  return convertPiece(piece);
}
