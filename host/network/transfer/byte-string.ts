/**
 * A string of bytes: each character is one byte (latin1). To the original, strings are bytes. So URLs, headers,
 * credentials and names stay bytes on the whole way from the guest to the wire.
 */
export type ByteString = string;
