import type { ByteString } from "./transfer.ts";

/** An http or https URL, parsed once by curl's rules; nothing parses it a second time. */
export interface Url {
  scheme: "http" | "https";
  /** What is looked up, dialled, verified and compared: lower case, IPv6 without brackets, numeric IPv4 in dotted form. */
  hostname: string;
  port: number;
  /** What the Host header says: the host as written (brackets, case, trailing dot), the port unless it is the default. */
  host: ByteString;
  /** Path and query as they go on the request line; never empty. */
  target: ByteString;
  /** Percent-decoded user and password of the URL; null when there is none. */
  username: ByteString | null;
  password: ByteString | null;
}
