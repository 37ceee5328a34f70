// The types of the library that scripts import, for editors. The compiler reads assembly/index.ts instead. Here the
// types can say more: which fields may be left out, and which types a post may have.

/** A body, or the data of a field. */
export type Data = string | Uint8Array | StaticArray<u8> | u8[] | ArrayBuffer | File;

/**
 * Makes an HTTP request. The script is suspended until the reply comes. Other scripts run in the meantime.
 *
 * If the transfer fails, `failed` of the reply is true. A mistake, such as an unknown `id`, ends the script.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @param options Options that are left out have their defaults.
 * @param post A body. Without it, the request is a GET.
 */
export function http_background(
  id: string,
  url: string,
  options?: Options | null,
  post?: Data | Form | null,
): Reply;

/**
 * Starts an HTTP request, and does not wait for the reply: `wait` of the result does. The request is made when the script
 * waits for something the next time, and ends with the script.
 *
 * @param id A thread of the configuration.
 * @param url An http or https URL.
 * @param options Options that are left out have their defaults.
 * @param post A body. Without it, the request is a GET.
 */
export function start(id: string, url: string, options?: Options | null, post?: Data | Form | null): Call;

/** Waits until one of these calls has its reply, and returns it: the one whose reply came first. */
export function waitAny(calls: Call[]): Call;

/** A call that was started. Its reply comes while the script does something else. */
export class Call {
  private constructor();
  /** Its reply. If it is not there yet, the script is suspended until it comes. */
  wait(): Reply;
}

/** Adds a line to the output of the run. Bytes are added as they are, other values as in a template. */
export function echo(value: unknown): void;

/** The arguments of the run. */
export function args(): string[];

/** The options of a call: `{ timeout: 5, headers: ["X-Token: 1"] }`. */
export class Options {
  /** Whether the server's certificate must be valid. @default true */
  tls_verify_peer?: bool;
  /** Whether the server's certificate must be for the host of the URL. @default true */
  tls_verify_host?: bool;
  tls_client_cert?: ClientCertificate | null;
  /** Whole seconds for the whole transfer. With 0, only the limit of the run applies. @default 0 */
  timeout?: f64;
  /** Whole seconds to make the connection. @default 300 */
  connect_timeout?: f64;
  /** Maximum number of bytes of content. With 0, only the limit of the host applies. @default 0 */
  max_file_size?: f64;
  /** Maximum number of redirects that are followed; -1 means no limit. @default 0 */
  redirects?: f64;
  /** The method, instead of GET or POST. */
  method?: string | null;
  /** The URL of a proxy, with `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`. */
  proxy?: string | null;
  /** "base64", if the post is a File. */
  encoder?: string | null;
  /** Lines such as `Name: value`. */
  headers?: string[] | null;
  /** The local address of the connection. */
  sourceip?: string | null;
  username?: string | null;
  password?: string | null;
  /** `provider1:provider2:region:service`. */
  aws_sigv4?: string | null;
  /** The highest version of HTTP over TLS, "1.1" or "2". */
  http_version?: string | null;
}

/** The value of `tls_client_cert`. */
export class ClientCertificate {
  x509: X509;
  privatekey: PrivateKey;
  /** The certificates between `x509` and the authority that the server trusts. */
  chain?: X509[] | null;
}

/** One part of a form: `{ data: "text", type: "text/plain" }`. */
export class Field {
  data: Data;
  /** Content-Type. Without it, the file name decides. */
  type?: string | null;
  filename?: string | null;
  /** "base64", "quoted-printable", "7bit", "8bit" or "binary". */
  encoder?: string | null;
}

/** A post of fields, sent as multipart/form-data in the order in which they were added. */
export class Form {
  /** Adds a field, and returns the form. A name may be used more than once. `null` makes a part without a name. */
  add(name: string | null, field: Field): this;
}

/** The result of a call: a status with content, or an error. */
export class Reply {
  private constructor();
  /** Whether the transfer failed. Any HTTP status is a success. */
  readonly failed: bool;
  /** HTTP status; 0 if the transfer failed. */
  readonly status: i32;
  /** Why the transfer failed: a sentence of libcurl; empty if it did not fail. */
  readonly error: string;
  /** The code of the error, such as `COULDNT_CONNECT`, which never changes; empty if the transfer did not fail. */
  readonly code: string;
  /** The content; empty if the transfer failed. Its bytes come from the host at the first use. */
  readonly content: Content;
  /** The content as text, decoded as UTF-8. Bytes that are not UTF-8 become U+FFFD, as in `TextDecoder`. */
  readonly text: string;
  /** The content as a File. It can be sent without entering the script. The host keeps it until `release`. */
  readonly file: File;
  /**
   * The value of a header; null if there is none of this name. Several are joined with a comma and a blank. The case of
   * letters does not matter.
   */
  header(name: string): string | null;
  /** The URL that was asked last, after redirects, without credentials and fragment; empty if the transfer failed. */
  readonly url: string;
  /** Allows the host to forget content that will not be read or sent. Content that was read is forgotten at once. */
  release(): void;
}

/** The bytes of a reply. In a template they are text. */
export class Content extends Uint8Array {
  private constructor();
}

/** A File to send: one that the host granted to this run, the content of a reply, or bytes of the script. */
export class File {
  private constructor();
  /**
   * The File that was granted under `name`. If there is none, this is a mistake, which ends the script. A File can be
   * sent without its bytes entering the script.
   */
  static named(name: string): File;
  /** Whether a File was granted under `name`. */
  static has(name: string): bool;
  /** A File of these bytes. They are not copied. */
  static fromBytes(bytes: Uint8Array): File;
  /** A File of this text, as UTF-8. */
  static fromText(text: string): File;
  /** Size in bytes, as an integer. It is negative if the size is not known before the File is read. */
  readonly size: i64;
  /**
   * Returns at most `length` bytes from `offset`. At the end there are fewer. Of a File that the host streams there are
   * none.
   */
  read(offset: f64, length: i32): Uint8Array;
}

/** A certificate. */
export class X509 {
  private constructor();
  /** The certificate that was granted under `name`. If there is none, this is a mistake, which ends the script. */
  static named(name: string): X509;
  /** Whether a certificate was granted under `name`. */
  static has(name: string): bool;
  /** A certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`. */
  static fromPem(pem: string): X509;
  /** Like `fromPem`, but with the bytes of the PEM. */
  static fromBytes(pem: Uint8Array): X509;
}

/** The private key of a certificate. If it is granted by name, the script itself never has the key. */
export class PrivateKey {
  private constructor();
  /** The key that was granted under `name`. If there is none, this is a mistake, which ends the script. */
  static named(name: string): PrivateKey;
  /** Whether a key was granted under `name`. */
  static has(name: string): bool;
  /** A private key in PEM, which begins with `-----BEGIN PRIVATE KEY-----`. */
  static fromPem(pem: string): PrivateKey;
  /** Like `fromPem`, but with the bytes of the PEM. */
  static fromBytes(pem: Uint8Array): PrivateKey;
}
