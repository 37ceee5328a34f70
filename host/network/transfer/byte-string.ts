/**
 * A string of bytes: each character is one byte (latin1). To the original, strings are bytes. So URLs, headers,
 * credentials and names stay bytes on the whole way from the guest to the wire.
 */
export type ByteString = string;

/** Copies a text. A part of a string keeps the whole string in memory, for example a URL of any length. */
export function detached(text: ByteString): ByteString {
  return Buffer.from(text, "latin1").toString("latin1");
}
