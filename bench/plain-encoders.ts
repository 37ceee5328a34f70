/** An encoder in plain JavaScript. It writes the encoded `bytes` to `out`, and returns how many bytes it wrote. */
export type PlainEncoder = (bytes: Buffer, out: Buffer) => number;

/** Lines of `columns` characters, with `ending` after each line. After the last line, it is there only if it is LF. */
interface Layout {
  columns: number;
  ending: string;
}

/** Ways to write base64 in lines without wasm. On most machines the fastest is first. */
export function plainBase64(layout: Layout): Record<string, PlainEncoder> {
  return {
    "a loop over a table of pairs": (bytes, out) => encodeByPairs(bytes, out, layout),
    "Buffer line by line": (bytes, out) => encodeByLine(bytes, out, layout),
    "Buffer, then lines": (bytes, out) => encodeWhole(bytes, out, layout),
  };
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** The two characters for each value of twelve bits. The first one is in the high byte. */
const PAIRS = Uint16Array.from(
  { length: 4096 },
  (_, bits) => (ALPHABET.charCodeAt(bits >> 6) << 8) | ALPHABET.charCodeAt(bits & 63),
);

function encodeByPairs(bytes: Buffer, out: Buffer, { columns, ending }: Layout): number {
  const lineBytes = (columns / 4) * 3;
  const whole = bytes.length - (bytes.length % 3);
  let at = 0;
  for (let start = 0; start < bytes.length; start += lineBytes) {
    if (start > 0) at += out.write(ending, at, "latin1");
    const end = Math.min(start + lineBytes, whole);
    for (let i = start; i < end; i += 3) {
      const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
      const first = PAIRS[bits >> 12] as number;
      const second = PAIRS[bits & 4095] as number;
      out[at] = first >> 8;
      out[at + 1] = first;
      out[at + 2] = second >> 8;
      out[at + 3] = second;
      at += 4;
    }
  }
  if (whole < bytes.length) at += out.write(bytes.toString("base64", whole), at, "latin1");
  return ending === "\n" ? at + out.write(ending, at, "latin1") : at;
}

function encodeByLine(bytes: Buffer, out: Buffer, { columns, ending }: Layout): number {
  const lineBytes = (columns / 4) * 3;
  let at = 0;
  for (let start = 0; start < bytes.length; start += lineBytes) {
    if (start > 0) at += out.write(ending, at, "latin1");
    at += out.write(bytes.toString("base64", start, start + lineBytes), at, "latin1");
  }
  return ending === "\n" ? at + out.write(ending, at, "latin1") : at;
}

function encodeWhole(bytes: Buffer, out: Buffer, { columns, ending }: Layout): number {
  const whole = Buffer.from(bytes.toString("base64"), "latin1");
  let at = 0;
  for (let start = 0; start < whole.length; start += columns) {
    if (start > 0) at += out.write(ending, at, "latin1");
    at += whole.copy(out, at, start, start + columns);
  }
  return ending === "\n" ? at + out.write(ending, at, "latin1") : at;
}

const LITERAL = 0;
const ESCAPED = 1;
const BLANK = 2;
const RETURN = 3;
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 13) return RETURN;
  if (byte === 32 || byte === 9) return BLANK;
  return byte > 32 && byte < 127 && byte !== 61 ? LITERAL : ESCAPED;
});
const DIGITS = Buffer.from("0123456789ABCDEF");

/** Quoted-printable by a loop over a table of classes. */
export function plainQuotedPrintable(bytes: Buffer, out: Buffer): number {
  const { length } = bytes;
  const isEnd = (i: number): boolean => i === length || (bytes[i] === 13 && bytes[i + 1] === 10);
  let at = 0;
  let column = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    const kind = CLASSES[byte] as number;
    if (kind === RETURN && bytes[i + 1] === 10) {
      at = putBreak(out, at);
      column = 0;
      i++;
      continue;
    }
    const isLiteral = kind === LITERAL || (kind === BLANK && !isEnd(i + 1));
    const size = isLiteral ? 1 : 3;
    if (column + size >= 76 && (column + size > 76 || !isEnd(i + 1))) {
      out[at] = 61;
      at = putBreak(out, at + 1);
      column = 0;
    }
    column += size;
    if (isLiteral) {
      out[at++] = byte;
    } else {
      out[at] = 61;
      out[at + 1] = DIGITS[byte >> 4] as number;
      out[at + 2] = DIGITS[byte & 15] as number;
      at += 3;
    }
  }
  return at;
}

function putBreak(out: Buffer, at: number): number {
  out[at] = 13;
  out[at + 1] = 10;
  return at + 2;
}
