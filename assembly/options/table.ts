import { Kind } from "../values/head.ts";

/** How an option's value is written to the transfer. */
export enum Rule {
  /** The value stays in the guest, or other code writes it. */
  None,
  Verbatim,
  /** Whole seconds. CURLOPT_TIMEOUT refuses a value whose milliseconds do not fit into 31 bits. */
  Seconds,
  Bytes,
  Hops,
}

/** One option: its name, its type, and how its value is written. */
export class Row {
  constructor(
    readonly name: string,
    readonly kind: Kind,
    readonly rule: Rule,
  ) {}
}

// The rows of the options that the guest itself uses.
export const CLIENT_CERT: i32 = 2;
export const ENCODER: i32 = 6;

/** In the order in which the original checks them, because the first wrong option throws. */
// biome-ignore format: one row for each option
export const OPTIONS: StaticArray<Row> = [
  new Row("tls_verify_peer", Kind.Bool, Rule.Verbatim),
  new Row("tls_verify_host", Kind.Bool, Rule.Verbatim),
  new Row("tls_client_cert", Kind.Map, Rule.None),
  new Row("timeout", Kind.Number, Rule.Seconds),
  new Row("connect_timeout", Kind.Number, Rule.Seconds),
  new Row("max_file_size", Kind.Number, Rule.Bytes),
  new Row("encoder", Kind.String, Rule.None),
  new Row("proxy", Kind.String, Rule.Verbatim),
  new Row("method", Kind.String, Rule.Verbatim),
  new Row("sourceip", Kind.String, Rule.Verbatim),
  new Row("username", Kind.String, Rule.Verbatim),
  new Row("password", Kind.String, Rule.Verbatim),
  new Row("aws_sigv4", Kind.String, Rule.Verbatim),
  new Row("redirects", Kind.Number, Rule.Hops),
  new Row("http_version", Kind.String, Rule.Verbatim),
];

/** The name of `tls_client_cert` in older documentation. If both are there, the newer name counts. */
export const CLIENT_CERT_ALIAS = "tls_verify_cert";
export const HEADERS = "headers";
