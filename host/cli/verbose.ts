import type { ConnectionOpen, HopEnd, HopSent, HopStart, Result } from "../index.ts";
import type { CallWatcher } from "./call-watcher.ts";
import { paint } from "./paint.ts";
import { headLines, type ShownHead, versionName } from "./response-head.ts";
import { writeForeign } from "./terminal.ts";

type Stream = NodeJS.WriteStream;

const SPACE = Buffer.from(" ");
const NEWLINE = Buffer.from("\n");

/** Tells what happens to a call, line by line, in the way of `curl -v`. */
export class Verbose implements CallWatcher {
  readonly #stream: Stream;
  /** What the hop that goes on is sent over. */
  #protocol: HopSent["protocol"] | undefined;
  #ended: HopEnd | undefined;
  readonly #connections = new Set<number>();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  onOpen({ hostname, port, address, tls, connection }: ConnectionOpen): void {
    this.#connections.add(connection);
    this.#note(`connected to ${hostname} (${address}) port ${port}`);
    if (tls === null) return;
    const { version, cipher, subject, issuer, validTo, distrust } = tls;
    this.#note(`TLS: ${version}, ${cipher}`);
    this.#note(
      `the certificate of ${subject ?? "nobody"}, by ${issuer ?? "nobody"}, is valid until ${validTo}`,
    );
    if (distrust !== null) this.#note(`the certificate is NOT trusted: ${distrust}`);
  }

  onHopStart({ resend, url }: HopStart): void {
    const { status, code } = this.#ended ?? {};
    if (resend === 0) return;
    if (code !== undefined) this.#note(`${code}: the request is sent again`);
    if (status === undefined) return;
    this.#lines("<", headLines({ status }, this.#protocol));
    this.#note(`a redirect to ${url}`);
  }

  onHopSent({ connection, protocol, readHead }: HopSent): void {
    this.#protocol = protocol;
    if (!this.#connections.has(connection)) this.#note("a connection is used again");
    this.#connections.delete(connection);
    this.#note(`using ${versionName(protocol)}`);
    // The head of HTTP/1.1 is told as it is written.
    if (protocol !== "h2") return;
    const { method, target, headers } = readHead();
    const lines = headers.map(([name, value]) => `${name}: ${value ?? "(set by the host)"}`);
    this.#lines(">", [`${method} ${target} HTTP/2`, ...lines, ""]);
  }

  onHead(text: string): void {
    this.#lines(">", [...text.trimEnd().split("\r\n"), ""]);
  }

  onHopEnd(ended: HopEnd): void {
    this.#ended = ended;
  }

  /** The head of the last response has come. */
  head(head: ShownHead): void {
    this.#lines("<", [...headLines(head, this.#protocol), ""]);
  }

  /** The call is over. */
  end({ error, code, cause }: Result): void {
    if (error === undefined) return;
    this.#note(`${error} (${code})${cause === undefined ? "" : `: ${cause.message}`}`);
  }

  #note(text: string): void {
    // A certificate may say anything.
    this.#write("*", Buffer.from(text.replace(/[\r\n]/g, " ")));
  }

  /** Lines of a head, each character a byte. */
  #lines(mark: string, lines: readonly string[]): void {
    for (const line of lines) this.#write(mark, Buffer.from(line, "latin1"));
  }

  #write(mark: string, line: Uint8Array): void {
    this.#stream.write(paint(this.#stream, "dim", mark));
    writeForeign(this.#stream, line.length === 0 ? "\n" : Buffer.concat([SPACE, line, NEWLINE]));
  }
}
