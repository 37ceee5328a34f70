/**
 * A string of bytes, one character a byte (latin1). The original takes strings as bytes; so are URLs,
 * headers, credentials and names kept from the guest to the wire.
 */
export type ByteString = string;
