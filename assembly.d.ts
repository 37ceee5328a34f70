// The library that scripts import, as an editor is to see it. The compiler reads assembly/index.ts; what it
// cannot say, TypeScript can: which fields may be left out, and what a post may be.

/** A body, or the data of a field. */
export type Data = string | Uint8Array | StaticArray<u8> | u8[] | ArrayBuffer | File;

/**
 * Does an HTTP request. The script is suspended until the reply is there; others run meanwhile.
 *
 * A transfer that fails is a reply with `failed`. A mistake, such as an `id` that is not configured, ends the script.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @param options What is left out is as if it had not been mentioned.
 * @param post A body; without one the request is a GET.
 */
export function http_background(
  id: string,
  url: string,
  options?: Options | null,
  post?: Data | Form | null,
): Reply;

/** Adds a line to the output of the run: bytes as they are, all else as a template has it. */
export function echo(value: unknown): void;

/** The arguments of the run. */
export function args(): string[];

/** The options of a call: `{ timeout: 5, headers: ["X-Token: 1"] }`. */
export class Options {
  /** Whether the server's certificate must be valid. True if it is left out. */
  tls_verify_peer?: bool;
  /** Whether the server's certificate must be for the host of the URL. True if it is left out. */
  tls_verify_host?: bool;
  tls_client_cert?: ClientCertificate | null;
  /** Seconds for the whole transfer, whole ones; 0 for no limit but the run's. */
  timeout?: f64;
  /** Seconds to establish the connection; 0 for 300. */
  connect_timeout?: f64;
  /** Most bytes of content; 0 for no limit but the host's. */
  max_file_size?: f64;
  /** Redirects to follow; 0 for none, -1 for any number. */
  redirects?: f64;
  /** The verb, instead of GET or POST. */
  method?: string | null;
  /** `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`. */
  proxy?: string | null;
  /** "base64", for a post that is a File. */
  encoder?: string | null;
  /** `Name: value` each. */
  headers?: string[] | null;
  /** Address to connect from. */
  sourceip?: string | null;
  username?: string | null;
  password?: string | null;
  /** `provider1:provider2:region:service`. */
  aws_sigv4?: string | null;
}

/** What `tls_client_cert` takes. */
export class ClientCertificate {
  x509: X509;
  privatekey: PrivateKey;
  /** Certificates between `x509` and the authority that the server trusts. */
  chain?: X509[] | null;
}

/** One part of a form: `{ data: "text", type: "text/plain" }`. */
export class Field {
  data: Data;
  /** Content-Type; if it is left out, the one that belongs to the file name. */
  type?: string | null;
  filename?: string | null;
  /** "base64", "quoted-printable", "7bit", "8bit" or "binary". */
  encoder?: string | null;
}

/** A post of fields, sent as multipart/form-data in the order in which they were added. */
export class Form {
  /** Adds a field, and returns the form. A name may come more than once; `null` is a part without a name. */
  add(name: string | null, field: Field): this;
}

/** What came of a call: a status with content, or an error. */
export class Reply {
  private constructor();
  /** Whether the transfer failed. Any HTTP status is a success. */
  readonly failed: bool;
  /** HTTP status; 0 if the transfer failed. */
  readonly status: i32;
  /** Why the transfer failed, a sentence of libcurl's; empty if it did not. */
  readonly error: string;
  /** A stable name for the error, such as `COULDNT_CONNECT`; empty if the transfer did not fail. */
  readonly code: string;
  /** The content; empty if the transfer failed. Its bytes come from the host when it is asked for first. */
  readonly content: Content;
  /** The content as text, from UTF-8. What is not UTF-8 becomes U+FFFD, as with `TextDecoder`. */
  readonly text: string;
  /** The content as a File, to be sent without entering the script. The host keeps it until `release`. */
  readonly file: File;
  /** Lets the host forget content that nobody will read or send. Content that was read is forgotten at once. */
  release(): void;
}

/** The bytes of a reply. In a template they are text. */
export class Content extends Uint8Array {
  private constructor();
}

/** Something to send as a file: one that the host granted to this run, the content of a reply, or bytes of the script's own. */
export class File {
  private constructor();
  /** The File that was granted under `name`; a mistake if there is none. Its bytes need not enter the script to be sent. */
  static named(name: string): File;
  /** Whether a File was granted under `name`. */
  static has(name: string): bool;
  /** A File of these bytes, which are not copied. */
  static fromBytes(bytes: Uint8Array): File;
  /** A File of this text, as UTF-8. */
  static fromText(text: string): File;
  /** Bytes, a whole number, also where it is printed; negative if nobody knows before they are read. */
  readonly size: i64;
  /** At most `length` bytes from `offset` on: fewer at the end, and none of a File that the host streams. */
  read(offset: f64, length: i32): Uint8Array;
}

/** A certificate. */
export class X509 {
  private constructor();
  /** The certificate that was granted under `name`; a mistake if there is none. */
  static named(name: string): X509;
  /** Whether a certificate was granted under `name`. */
  static has(name: string): bool;
  /** The certificate in PEM: `-----BEGIN CERTIFICATE-----` and so on. */
  static fromPem(pem: string): X509;
  /** As `fromPem`, of bytes. */
  static fromBytes(pem: Uint8Array): X509;
}

/** The private key of a certificate. Granted by name, the script never holds it. */
export class PrivateKey {
  private constructor();
  /** The key that was granted under `name`; a mistake if there is none. */
  static named(name: string): PrivateKey;
  /** Whether a key was granted under `name`. */
  static has(name: string): bool;
  /** The key in PEM: `-----BEGIN PRIVATE KEY-----` and so on. */
  static fromPem(pem: string): PrivateKey;
  /** As `fromPem`, of bytes. */
  static fromBytes(pem: Uint8Array): PrivateKey;
}
