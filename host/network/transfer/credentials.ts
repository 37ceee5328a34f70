import type { ByteString } from "./byte-string.ts";

/** Credentials for Basic authentication, or for a signature. */
export interface Credentials {
  readonly username: ByteString;
  readonly password: ByteString;
}

/**
 * Value of an Authorization or Proxy-Authorization header. The bytes are used as they are (RFC 7617 without charset).
 */
export function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "latin1").toString("base64")}`;
}
