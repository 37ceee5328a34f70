import type { ByteString } from "./byte-string.ts";

// RFC 9110 §5.6.2; and §5.5 without what an HTTP/1.1 client should not pass on.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether a text can be the name of a header, or a method. */
export function isToken(text: ByteString): boolean {
  return TOKEN.test(text);
}

/** Whether a text can be the value of a header. */
export function isHeaderValue(text: ByteString): boolean {
  return !NOT_IN_VALUE.test(text);
}

/**
 * Whether `method` can be sent. It must be a token. CONNECT is refused, because it asks for a tunnel, not a resource.
 */
export function isSendableMethod(method: ByteString): boolean {
  return method === "GET" || (isToken(method) && method !== "CONNECT");
}
