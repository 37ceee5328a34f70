import { Writer } from "../values/writer.ts";
import { PrivateKey, X509 } from "./credentials.ts";

/** The value of `tls_client_cert`. */
export class ClientCertificate {
  x509: X509;
  privatekey: PrivateKey;
  /** The certificates between `x509` and the authority that the server trusts. */
  chain: X509[] | null = null;
}

/**
 * The options of a call, written as an object literal: `{ timeout: 5, headers: ["X-Token: 1"] }`.
 * An option that is left out is not passed on. To the original, the number 0 means the same as no option.
 */
export class Options {
  /** Whether the server's certificate must be valid. */
  tls_verify_peer: bool = true;
  /** Whether the server's certificate must be for the host of the URL. */
  tls_verify_host: bool = true;
  tls_client_cert: ClientCertificate | null = null;
  /** Whole seconds for the whole transfer. With 0, only the limit of the run applies. */
  timeout: f64 = 0;
  /** Whole seconds to make the connection. 0 means 300. */
  connect_timeout: f64 = 0;
  /** Maximum number of bytes of content. With 0, only the limit of the host applies. */
  max_file_size: f64 = 0;
  /** Maximum number of redirects that are followed; -1 means no limit. */
  redirects: f64 = 0;
  method: string | null = null;
  proxy: string | null = null;
  /** "base64", if the post is a File. */
  encoder: string | null = null;
  /** Lines such as `Name: value`. */
  headers: string[] | null = null;
  sourceip: string | null = null;
  username: string | null = null;
  password: string | null = null;
  aws_sigv4: string | null = null;
  /** "1.1" or "2". */
  http_version: string | null = null;
}

/** Writes the options that are set, as a map. */
export function writeOptions(writer: Writer, options: Options): void {
  new OptionsWriter(writer).write(options);
}

class OptionsWriter {
  private readonly opened: i32;
  private count: i32 = 0;

  constructor(private readonly writer: Writer) {
    this.opened = writer.openMap();
  }

  write(options: Options): void {
    if (!options.tls_verify_peer) this.addFalse("tls_verify_peer");
    if (!options.tls_verify_host) this.addFalse("tls_verify_host");
    this.addClientCertificate(options.tls_client_cert);
    this.addNumber("timeout", options.timeout);
    this.addNumber("connect_timeout", options.connect_timeout);
    this.addNumber("max_file_size", options.max_file_size);
    this.addNumber("redirects", options.redirects);
    this.addString("method", options.method);
    this.addString("proxy", options.proxy);
    this.addString("encoder", options.encoder);
    this.addHeaders(options.headers);
    this.addString("sourceip", options.sourceip);
    this.addString("username", options.username);
    this.addString("password", options.password);
    this.addString("aws_sigv4", options.aws_sigv4);
    this.addString("http_version", options.http_version);
    this.writer.closeMap(this.opened, this.count);
  }

  private addFalse(name: string): void {
    this.addName(name);
    this.writer.writeBool(false);
  }

  private addNumber(name: string, value: f64): void {
    if (value === 0) return;
    this.addName(name);
    this.writer.writeNumber(value);
  }

  private addString(name: string, value: string | null): void {
    if (value === null) return;
    this.addName(name);
    this.writer.writeString(value);
  }

  private addHeaders(headers: string[] | null): void {
    if (headers === null) return;
    this.addName("headers");
    this.writer.writeArrayHead(headers.length);
    for (let i = 0; i < headers.length; i++) this.writer.writeString(headers[i]);
  }

  private addClientCertificate(certificate: ClientCertificate | null): void {
    if (certificate === null) return;
    const chain = certificate.chain;
    this.addName("tls_client_cert");
    this.writer.writeMapHead(chain === null ? 2 : 3);
    this.writer.writeName("x509");
    certificate.x509.write(this.writer);
    this.writer.writeName("privatekey");
    certificate.privatekey.write(this.writer);
    if (chain === null) return;
    this.writer.writeName("chain");
    this.writer.writeArrayHead(chain.length);
    for (let i = 0; i < chain.length; i++) chain[i].write(this.writer);
  }

  private addName(name: string): void {
    this.writer.writeName(name);
    this.count++;
  }
}
