import { Kind } from "../values/head.ts";

/** What becomes of an option's value on its way into the transfer. */
export enum Rule {
  /** Stays in the guest, or is written by hand. */
  None,
  Verbatim,
  /** Whole seconds; CURLOPT_TIMEOUT refuses what overflows milliseconds of 31 bits. */
  Seconds,
  Bytes,
  Hops,
}

/** One option: its name, the type it must have, what is sent on. */
export class Row {
  constructor(
    readonly name: string,
    readonly kind: Kind,
    readonly rule: Rule,
  ) {}
}

// Places in the table of the options that the guest itself asks for.
export const CLIENT_CERT: i32 = 2;
export const ENCODER: i32 = 6;

/** In the order of the original's checks, which is the order of its exceptions. */
// biome-ignore format: a row an option
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
];

/** The name that older documentation has for `tls_client_cert`; the newer one wins. */
export const CLIENT_CERT_ALIAS = "tls_verify_cert";
export const HEADERS = "headers";
