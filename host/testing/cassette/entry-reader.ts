import type { ErrorCode } from "../../api/errors.ts";
import { SENTENCES, TransferFailure } from "../../network/transfer/failures.ts";
import { isHeaderValue, isToken } from "../../network/transfer/tokens.ts";
import type { Answer, GivenResponse } from "../exchange/answer.ts";
import { encodeContent } from "./codings.ts";
import type { HarContent, HarEntry, HarPair, HarPost, HarResponse } from "./har.ts";

/** What programs that write archives say of failures is their own. */
const UNKNOWN_FAILURE: ErrorCode = "COULDNT_CONNECT";

/** `ssl` is a part of `connect`. */
const BEFORE_HEAD: readonly string[] = ["blocked", "dns", "connect", "send", "wait"];
/** The longest time of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** These say how content was sent. In archives of other programs, it is not that any more. */
const OF_TRANSFER: ReadonlySet<string> = new Set(["content-encoding", "content-length", "transfer-encoding"]);

/** How an entry is read. */
export interface Playing {
  /** Whether its content is as it was sent; otherwise it was decoded. */
  readonly isOwn: boolean;
  /** Whether the answer takes as long as it took. */
  readonly isTimed: boolean;
}

/** What an entry answers. */
export function readAnswer({ response, timings, _code }: HarEntry, { isOwn, isTimed }: Playing): Answer {
  const { beforeMs, afterMs } = isTimed ? paceOf(timings) : { beforeMs: 0, afterMs: 0 };
  const failure = _code === undefined ? null : new TransferFailure(codeOf(_code));
  if (response.status === 0 || response.status === undefined) {
    const error = failure ?? new TransferFailure(UNKNOWN_FAILURE);
    return { kind: "failure", error, phase: "waiting", faults: { delayMs: beforeMs + afterMs } };
  }
  const content = readContent(response.content, isOwn);
  const breaks = failure === null ? undefined : { after: content.length, error: () => failure };
  const answer: GivenResponse = {
    kind: "response",
    status: response.status,
    fields: readFields(response, content, isOwn),
    content,
    protocol: isHttp2(response.httpVersion) ? "h2" : "http/1.1",
    faults: {
      delayMs: beforeMs,
      breaks,
      // All of it comes with the head, and its end later.
      ...(afterMs > 0 && content.length > 0 && { trickle: { bytes: content.length, everyMs: afterMs } }),
    },
  };
  return answer;
}

/** Milliseconds until the head came, and then until the end. */
function paceOf(timings: Readonly<Record<string, unknown>> | undefined): {
  beforeMs: number;
  afterMs: number;
} {
  const sum = (keys: readonly string[]): number =>
    keys.reduce((total, key) => {
      const ms = timings?.[key];
      // What did not happen is -1.
      return typeof ms === "number" && ms > 0 ? Math.min(LONGEST_MS, total + ms) : total;
    }, 0);
  return { beforeMs: sum(BEFORE_HEAD), afterMs: sum(["receive"]) };
}

/** The body of a request. */
export function readPost(post: HarPost | undefined): Buffer {
  if (post?.text !== undefined)
    return Buffer.from(post.text, post._encoding === "base64" ? "base64" : "utf8");
  const params = (post?.params ?? []).map(({ name = "", value = "" }): [string, string] => [name, value]);
  return Buffer.from(new URLSearchParams(params).toString());
}

function readContent({ text = "", encoding, mimeType, _coding }: HarContent, isOwn: boolean): Buffer {
  const isText = encoding !== "base64";
  const bytes = isText && !isOwn ? encodeText(text, mimeType) : Buffer.from(text, isText ? "utf8" : "base64");
  return _coding === undefined ? bytes : encodeContent(bytes, _coding);
}

/**
 * The bytes of a text that a browser has decoded: in its character set, if that has one byte for each character and agrees
 * with Latin-1 in all of this text; otherwise in UTF-8.
 */
function encodeText(text: string, mimeType: string): Buffer {
  const charset = /;\s*charset="?([^\s";]+)/i.exec(mimeType)?.[1];
  const bytes = Buffer.from(text, "latin1");
  return charset !== undefined && decode(bytes, charset) === text ? bytes : Buffer.from(text);
}

function decode(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return null;
  }
}

function readFields(
  { headers, content: { _coding } }: HarResponse,
  content: Buffer,
  isOwn: boolean,
): string[] {
  const fields: string[] = [];
  for (const header of headers) {
    const name = header.name.toLowerCase();
    // Archives of HTTP/2 have fields that are no headers.
    if (!isToken(name) || (!isOwn && OF_TRANSFER.has(name))) continue;
    const isNewLength = _coding !== undefined && name === "content-length";
    // Some programs join headers of the same name with line ends.
    const values = isNewLength ? [String(content.length)] : toBytes(header).split("\n");
    for (const value of values) if (isHeaderValue(value)) fields.push(header.name, value);
  }
  return fields;
}

function toBytes({ value, _latin1 }: HarPair): string {
  return _latin1 === true ? value : Buffer.from(value, "utf8").toString("latin1");
}

function codeOf(code: string): ErrorCode {
  return Object.hasOwn(SENTENCES, code) ? (code as ErrorCode) : UNKNOWN_FAILURE;
}

function isHttp2(version: string | undefined): boolean {
  return /^(?:http\/2|h2)/i.test(version ?? "");
}
