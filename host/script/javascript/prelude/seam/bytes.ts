import { host } from "./host.ts";
import { wellFormed } from "./well-formed.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** So many bytes are converted here, if they are ASCII: to ask the host takes longer. */
const SHORT = 40;

/** A buffer of exactly these bytes, which the host copies. */
export function bufferOf(bytes: Bytes): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteLength === buffer.byteLength && !buffer.resizable) return buffer;
  return buffer.slice(byteOffset, byteOffset + byteLength);
}

/** The bytes of what the web platform calls a buffer source, not copied; undefined for anything else. */
export function viewOf(value: unknown): Bytes | undefined {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return new Uint8Array(value as ArrayBuffer);
  return undefined;
}

/** A copy of the bytes of a buffer source; undefined for anything else. */
export function copyOf(value: unknown): Bytes | undefined {
  const view = viewOf(value);
  return view && new Uint8Array(view);
}

/** UTF-8. What is no Unicode becomes U+FFFD. */
export function encode(text: string): Bytes {
  return new Uint8Array(host.encodeText(wellFormed(text)));
}

/** Text of UTF-8. What is not UTF-8 becomes U+FFFD. A byte order mark stays. */
export function decode(bytes: Bytes): string {
  const { length } = bytes;
  if (length <= SHORT) {
    let text = "";
    for (let i = 0; i < length; i++) {
      const byte = bytes[i] as number;
      if (byte > 0x7f) break;
      text += String.fromCharCode(byte);
    }
    if (text.length === length) return text;
  }
  return host.decodeText("utf-8", false, true, bufferOf(bytes)) as string;
}

/** One character for each byte. */
export function decodeLatin1(bytes: Bytes): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** One byte for each character, which is at most U+00FF. */
export function encodeLatin1(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function concat(pieces: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
