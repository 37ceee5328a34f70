import type { Socket } from "node:net";
import type { Transfer } from "../../host/network/transfer/transfer.ts";
import { reset } from "./reset.ts";

/** What a bad peer does when a request begins to arrive, and the outcome that the call must have. */
export interface BadPeer {
  /** Each string is a separate write, one turn of the event loop after the one before. */
  sends: string | string[];
  /** After that. @default "end" */
  finally?: "end" | "reset" | "stay";
  changes?: Pick<Partial<Transfer>, "timeout" | "maxFileSize" | "redirects" | "method">;
  is: { status: number; content: string } | { code: string };
}

const H = "HTTP/1.1 200 OK\r\n";
const L2 = `${H}Content-Length: 2\r\n\r\n`;
const CHUNKED = `${H}Transfer-Encoding: chunked\r\n\r\n`;
const CLOSE = "Connection: close\r\n";
const OK = { status: 200, content: "ok" };
const code = (name: string) => ({ code: name });
const LIMITED = { timeout: 1 };
const MIB = 1 << 20;

/** By what they do wrong, and how. */
export const BAD_PEERS: Record<string, Record<string, BadPeer>> = {
  "says nothing": {
    "and closes": { sends: "", is: code("GOT_NOTHING") },
    "and resets": { sends: "", finally: "reset", is: code("RECV_ERROR") },
    "and stays": { sends: "", finally: "stay", changes: LIMITED, is: code("OPERATION_TIMEDOUT") },
  },
  "stops within the head": {
    "within the status line": { sends: "HTTP/1.1 20", is: code("GOT_NOTHING") },
    "after the status line": { sends: H, is: { status: 200, content: "" } },
    "within a header": { sends: `${H}X: a`, is: { status: 200, content: "" } },
    "where content was announced": { sends: `${H}Content-Length: 2\r\nX`, is: code("PARTIAL_FILE") },
    "where chunks were announced": { sends: `${H}Transfer-Encoding: chunked\r\n`, is: code("PARTIAL_FILE") },
    "with a reset": { sends: H, finally: "reset", is: code("RECV_ERROR") },
    "within the status line, with a reset": { sends: "HTTP/1", finally: "reset", is: code("RECV_ERROR") },
    "after an interim one, with a reset": {
      sends: "HTTP/1.1 100 X\r\n\r\n",
      finally: "reset",
      is: code("RECV_ERROR"),
    },
    "and stays": { sends: H, finally: "stay", changes: LIMITED, is: code("OPERATION_TIMEDOUT") },
  },
  "stops within the content": {
    "of a length": { sends: `${L2}o`, is: code("PARTIAL_FILE") },
    "of a length, announcing the end": {
      sends: `${H}${CLOSE}Content-Length: 2\r\n\r\no`,
      is: code("PARTIAL_FILE"),
    },
    "in chunks": { sends: `${CHUNKED}2\r\nok\r\n`, is: code("PARTIAL_FILE") },
    "in chunks, with a reset": { sends: `${CHUNKED}2\r\nok\r\n`, finally: "reset", is: code("RECV_ERROR") },
    "in chunks, announcing the end": {
      sends: `${H}${CLOSE}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`,
      is: code("PARTIAL_FILE"),
    },
    "that only the end ends": { sends: `${H}\r\nok`, is: OK },
    "of a length, with a reset": { sends: `${L2}o`, finally: "reset", is: code("RECV_ERROR") },
    "that only the end ends, with a reset": { sends: `${H}\r\nok`, finally: "reset", is: code("RECV_ERROR") },
    "and stays": { sends: `${L2}o`, finally: "stay", changes: LIMITED, is: code("OPERATION_TIMEDOUT") },
  },
  drips: {
    "a byte at a time": { sends: [...`${L2}ok`], is: OK },
    "a byte of chunks at a time": { sends: [...`${CHUNKED}1\r\no\r\n1\r\nk\r\n0\r\n\r\n`], is: OK },
    "a byte of an odd head at a time": { sends: [..."HTTP/1.1 200 OK\nX : y\n\nok"], is: OK },
  },
  "does not speak HTTP": {
    "but garbage": { sends: "not http at all\r\n\r\n", is: code("UNSUPPORTED_PROTOCOL") },
    "and stays": { sends: "SSH-2.0-x", finally: "stay", is: code("UNSUPPORTED_PROTOCOL") },
    "but HTTP/0.9": { sends: "<html></html>", is: code("UNSUPPORTED_PROTOCOL") },
    "but NULs": { sends: "\0".repeat(MIB), is: code("UNSUPPORTED_PROTOCOL") },
    "but one blank line first": { sends: `\r\n${L2}ok`, is: code("UNSUPPORTED_PROTOCOL") },
    "of this version": { sends: "HTTP/1.2 200 OK\r\n\r\n", is: code("UNSUPPORTED_PROTOCOL") },
    "of no version that can be on TCP": { sends: "HTTP/3 200 OK\r\n\r\n", is: code("UNSUPPORTED_PROTOCOL") },
    "with two digits": { sends: "HTTP/1.1 20 OK\r\n\r\n", is: code("UNSUPPORTED_PROTOCOL") },
    "with four digits": { sends: "HTTP/1.1 2000 OK\r\n\r\n", is: code("UNSUPPORTED_PROTOCOL") },
  },
  "sends headers that are wrong": {
    "one without a colon": { sends: `${H}foo\r\n\r\n`, is: code("WEIRD_SERVER_REPLY") },
    "one with a NUL": { sends: `${H}X: a\0b\r\n\r\n`, is: code("WEIRD_SERVER_REPLY") },
    "a NUL in the status line": { sends: "HTTP/1.1 200 a\0b\r\n\r\n", is: code("WEIRD_SERVER_REPLY") },
    "a length that is no number": { sends: `${H}Content-Length: x\r\n\r\n`, is: code("WEIRD_SERVER_REPLY") },
    "a negative length": { sends: `${H}Content-Length: -1\r\n\r\n`, is: code("WEIRD_SERVER_REPLY") },
    "a line above 100 KiB": { sends: `${H}X: ${"a".repeat(101 << 10)}\r\n\r\n`, is: code("OUT_OF_MEMORY") },
    "1 MiB in one line": { sends: `${H}X: ${"a".repeat(MIB)}\r\n\r\n`, is: code("OUT_OF_MEMORY") },
    "1 MiB in many lines": { sends: H + "X: aaaaaaaaaaa\r\n".repeat(MIB >> 4), is: code("RECV_ERROR") },
    "250 KiB, which are not too many": {
      sends: `${H}${"X: aaaaaaaaaaa\r\n".repeat(16_000)}Content-Length: 2\r\n\r\nok`,
      is: OK,
    },
  },
  "sends odd heads that curl takes": {
    "lines that end with LF": { sends: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", is: OK },
    "a lower-case version": { sends: "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", is: OK },
    "no reason": { sends: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", is: OK },
    "a folded line": { sends: `${H}X: a\r\n b\r\nContent-Length: 2\r\n\r\nok`, is: OK },
    "a blank before a colon, which makes it another name": {
      sends: `${H}Content-Length : 1\r\n\r\nok`,
      is: OK,
    },
    "a control in a value": { sends: `${H}X: \x01\r\nContent-Length: 2\r\n\r\nok`, is: OK },
    "no name": { sends: `${H}: x\r\nContent-Length: 2\r\n\r\nok`, is: OK },
    "the same length twice": { sends: `${H}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`, is: OK },
    "two lengths": { sends: `${H}Content-Length: 5\r\nContent-Length: 2\r\n\r\nok`, is: OK },
    "a list of lengths": { sends: `${H}Content-Length: 2, 2\r\n\r\nok`, is: OK },
    "a length beyond numbers": { sends: `${H}Content-Length: ${"9".repeat(30)}\r\n\r\nok`, is: OK },
    "a length that a number can be": {
      sends: `${H}Content-Length: 9223372036854775807\r\n\r\nok`,
      is: code("PARTIAL_FILE"),
    },
    "a length above that": { sends: `${H}Content-Length: 9223372036854775808\r\n\r\nok`, is: OK },
    "a length beside chunks": {
      sends: `${H}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      is: OK,
    },
    "chunks beside a length": {
      sends: `${H}Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      is: OK,
    },
    "another coding, left as it is": { sends: `${H}Transfer-Encoding: gzip\r\n\r\nok`, is: OK },
    "another coding before chunks, left as it is": {
      sends: `${H}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      is: { status: 200, content: "2\r\nok\r\n0\r\n\r\n" },
    },
    "status 999": { sends: "HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok", is: { ...OK, status: 999 } },
    "HTTP/1.0 without a length": { sends: "HTTP/1.0 200 OK\r\n\r\nok", is: OK },
    "more than it said": { sends: `${L2}ok and more`, is: OK },
    "204 with a length": {
      sends: "HTTP/1.1 204 X\r\nContent-Length: 2\r\n\r\nok",
      is: { status: 204, content: "" },
    },
    "304 with a length": {
      sends: "HTTP/1.1 304 X\r\nContent-Length: 2\r\n\r\n",
      finally: "stay",
      is: { status: 304, content: "" },
    },
  },
  "sends interim responses": {
    "100, unasked": { sends: `HTTP/1.1 100 Continue\r\n\r\n${L2}ok`, is: OK },
    "some of each": {
      sends: ["HTTP/1.1 103 X\r\nLink: y\r\n\r\nHTTP/1.1 102", " X\r\n\r\nHTTP/1.1 100 X\r\n\r", `\n${L2}ok`],
      is: OK,
    },
    "and nothing else": { sends: "HTTP/1.1 100 X\r\n\r\n", is: code("GOT_NOTHING") },
    "without end": {
      sends: Array.from({ length: 100 }, () => "HTTP/1.1 103 X\r\n\r\n".repeat(1000)),
      finally: "stay",
      is: code("RECV_ERROR"),
    },
    "101, which nobody asked for": {
      sends: "HTTP/1.1 101 X\r\nUpgrade: y\r\n\r\nok",
      is: { status: 101, content: "ok" },
    },
    "101, and nothing behind it": { sends: "HTTP/1.1 101 X\r\n\r\n", is: code("GOT_NOTHING") },
  },
  "sends chunks that are none": {
    "no size": { sends: `${CHUNKED}zz\r\nok\r\n`, is: code("RECV_ERROR") },
    "more than the size": { sends: `${CHUNKED}1\r\nok\r\n`, is: code("RECV_ERROR") },
    "a size beyond numbers": { sends: `${CHUNKED}${"f".repeat(30)}\r\nok`, is: code("RECV_ERROR") },
    "a size of 17 digits": {
      sends: `${CHUNKED}${"0".repeat(16)}2\r\nok\r\n0\r\n\r\n`,
      is: code("RECV_ERROR"),
    },
    "a size of 64 bits": { sends: `${CHUNKED}8000000000000000\r\nok`, is: code("RECV_ERROR") },
    "a CR alone behind a trailer": { sends: `${CHUNKED}0\r\nX: y\rZ`, is: code("RECV_ERROR") },
    "a trailer that is too long": {
      sends: `${CHUNKED}0\r\nX:${"y".repeat(4092)}\r\n\r\n`,
      is: code("RECV_ERROR"),
    },
    "a trailer without a colon": { sends: `${CHUNKED}0\r\nX\r\n\r\n`, is: code("BAD_FUNCTION_ARGUMENT") },
    "a size of 16 digits, which is fine": {
      sends: `${CHUNKED}0000000000000002\r\nok\r\n0\r\n\r\n`,
      is: OK,
    },
    "a trailer that is almost too long, which is fine": {
      sends: `${CHUNKED}2\r\nok\r\n0\r\nX:${"y".repeat(4091)}\r\n\r\n`,
      is: OK,
    },
    "lines that end with LF, which are fine": { sends: `${CHUNKED}2\nok\n0\nX: y\n\n`, is: OK },
    "blanks behind a size, which are fine": { sends: `${CHUNKED}2 \t x\r\nok\r\n0 \r\n\r\n`, is: OK },
    "more CRs than it takes, which are fine": { sends: `${CHUNKED}2\r\r\nok\r\r\n0\r\n\r\n`, is: OK },
    "extensions and trailers, which are fine": {
      sends: `${CHUNKED}2;x=y\r\nok\r\n0\r\nX: y\r\n\r\n`,
      finally: "stay",
      is: OK,
    },
  },
  "sends too much": {
    "by its length": {
      sends: `${H}Content-Length: 3\r\n\r\n`,
      finally: "stay",
      changes: { maxFileSize: 2 },
      is: code("FILESIZE_EXCEEDED"),
    },
    "by its length, for an error": {
      sends: "HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\nabc",
      changes: { maxFileSize: 2 },
      is: code("FILESIZE_EXCEEDED"),
    },
    "by count, in chunks": {
      sends: [`${CHUNKED}2\r\nok\r\n`, "1\r\n!\r\n"],
      finally: "stay",
      changes: { maxFileSize: 2 },
      is: code("FILESIZE_EXCEEDED"),
    },
    "by count, without a length": {
      sends: `${H}\r\nok!`,
      finally: "stay",
      changes: { maxFileSize: 2 },
      is: code("FILESIZE_EXCEEDED"),
    },
    "but not where it is just enough": { sends: `${L2}ok`, changes: { maxFileSize: 2 }, is: OK },
    "but not where it is just enough in chunks": {
      sends: `${CHUNKED}2\r\nok\r\n0\r\n\r\n`,
      changes: { maxFileSize: 2 },
      is: OK,
    },
    "in a redirect, by its length": {
      sends: "HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 3\r\n\r\nabc",
      changes: { maxFileSize: 2, redirects: 1 },
      is: code("FILESIZE_EXCEEDED"),
    },
  },
  "answers before it has the File": {
    "and closes": {
      sends: "HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
      changes: { method: "PUT" },
      is: { status: 413, content: "no" },
    },
    "and stays": {
      sends: "HTTP/1.1 413 X\r\nContent-Length: 2\r\n\r\nno",
      finally: "stay",
      changes: { method: "PUT" },
      is: { status: 413, content: "no" },
    },
  },
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Plays a bad peer. Called when the request begins to arrive. */
export async function play(socket: Socket, { sends, finally: ending = "end" }: BadPeer): Promise<void> {
  for (const text of [sends].flat()) {
    socket.write(text, "latin1");
    await turn();
  }
  if (ending === "end") socket.end();
  // Directly after the last bytes. It must not overtake them.
  if (ending === "reset") socket.write("", () => reset(socket));
}
