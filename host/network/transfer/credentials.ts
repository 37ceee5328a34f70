import type { ByteString } from "./byte-string.ts";

/** What is sent as Basic credentials, or signed with. */
export interface Credentials {
  readonly username: ByteString;
  readonly password: ByteString;
}

/** Value of an Authorization or Proxy-Authorization header. The bytes are taken as they are (RFC 7617 without charset). */
export function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "latin1").toString("base64")}`;
}
