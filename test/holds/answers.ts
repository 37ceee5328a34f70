/** What a server may answer that is hard to read: so many bytes of it, up to a limit. */
export interface Answer {
  /** In a URL and in the name of a host. */
  readonly name: string;
  readonly what: string;
  /** Bytes of the largest that is taken. */
  readonly most: number;
  write(size: number): string;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/** All heads of a response; a line; what is around chunks; the answer of a proxy. Somewhat less, for the rest of the answer. */
const HEADS = 300 * KIB - 200;
const LINE = 100 * KIB - 200;
const FRAMING = MIB - 200;
const TUNNEL = 64 * KIB - 200;

const OK = "HTTP/1.1 200 OK\r\n";
const END = "Content-Length: 0\r\n\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** As often as there is room for it. */
const fill = (unit: string, size: number): string => unit.repeat(Math.max(1, Math.floor(size / unit.length)));

const head = (name: string, what: string, unit: string): Answer => ({
  name,
  what: `a head of ${what}`,
  most: HEADS,
  write: (size) => `${OK}${fill(unit, size)}${END}`,
});

/** A line as long as a line may be, as often as a head may have it. */
const line = (name: string, what: string, write: (size: number) => string, status = OK): Answer => ({
  name,
  what: `lines with ${what}`,
  most: HEADS,
  write: (size) => `${status}${fill(`${write(Math.min(LINE, size))}\r\n`, size)}${END}`,
});

const chunks = (name: string, what: string, most: number, write: (size: number) => string): Answer => ({
  name,
  what,
  most,
  write: (size) => `${CHUNKED}${write(size)}0\r\n\r\n`,
});

export const ANSWERS: readonly Answer[] = [
  head("short", "the shortest headers", "a:\r\n"),
  head("bare", "the shortest headers, with bare LF", "a:\n"),
  head("folded", "folded lines", "a: b\r\n c\r\n"),
  head("cookies", "cookies", "Set-Cookie: a=b; path=/; secure; httponly\r\n"),
  head("keeping", "Keep-Alive", "Keep-Alive: timeout=5\r\n"),
  head("framing", "Transfer-Encoding", "Transfer-Encoding: gzip\r\n"),
  line("blanks", "blanks in Transfer-Encoding", (size) => `Transfer-Encoding: a${fill(" \t", size - 30)}b`),
  line("commas", "commas in Transfer-Encoding", (size) => `Transfer-Encoding: ${fill(", ", size - 30)}b`),
  line("tokens", "tokens of Connection", (size) => `Connection: ${fill("keep-aliv, ", size - 30)}x`),
  line("zeros", "zeros in Content-Length", (size) => `Content-Length: ${fill("0", size - 30)}`),
  line("names", "names without an end", (size) => `${fill("x ", size - 30)}: y`),
  {
    name: "location",
    what: "a Location of dots, which is followed",
    most: LINE,
    write: (size) => `HTTP/1.1 302 Found\r\nLocation: /${fill("./a/../%", size)}\r\n${END}`,
  },
  {
    name: "interim",
    what: "interim heads",
    most: HEADS,
    write: (size) => `${fill("HTTP/1.1 100 C\r\n\r\n", size)}${OK}${END}`,
  },
  chunks("bytes", "chunks of one byte", 2 * MIB, (size) => fill("1\r\nx\r\n", size)),
  chunks("odd", "chunks of one byte, with bare LF", 2 * MIB, (size) => fill("1\nx\n", size)),
  chunks("extension", "an extension of a chunk", FRAMING, (size) => `1;${fill("x", size)}\r\nx\r\n`),
  chunks("returns", "CR behind a chunk", FRAMING, (size) => `1\r\nx${fill("\r", size)}\n`),
  {
    name: "trailers",
    what: "trailers",
    most: FRAMING,
    write: (size) => `${CHUNKED}0\r\n${fill("a:\r\n", size)}\r\n`,
  },
];

/** The same for proxies that are asked for a tunnel. */
export const TUNNEL_ANSWERS: readonly Answer[] = [
  {
    name: "tunnel",
    what: "a proxy's head of the shortest headers",
    most: TUNNEL,
    write: (size) => `HTTP/1.1 200 OK\r\n${fill("a:\r\n", size)}\r\n`,
  },
];
