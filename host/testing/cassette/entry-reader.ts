import type { ErrorCode } from "../../api/errors.ts";
import { SENTENCES, TransferFailure } from "../../network/transfer/failures.ts";
import { isHeaderValue, isToken } from "../../network/transfer/tokens.ts";
import type { Answer, GivenResponse } from "../exchange/answer.ts";
import { encodeContent } from "./codings.ts";
import type { HarContent, HarEntry, HarPair, HarPost, HarResponse } from "./har.ts";

/** What programs that write archives say of failures is their own. */
const UNKNOWN_FAILURE: ErrorCode = "COULDNT_CONNECT";

/** These say how content was sent. In archives of other programs, it is not that any more. */
const OF_TRANSFER: ReadonlySet<string> = new Set(["content-encoding", "content-length", "transfer-encoding"]);

/** What an entry answers. @param isOwn Whether its content is as it was sent; otherwise it was decoded */
export function readAnswer({ response, _code }: HarEntry, isOwn: boolean): Answer {
  const failure = _code === undefined ? null : new TransferFailure(codeOf(_code));
  if (response.status === 0 || response.status === undefined) {
    const error = failure ?? new TransferFailure(UNKNOWN_FAILURE);
    return { kind: "failure", error, phase: "waiting", faults: {} };
  }
  const content = readContent(response.content);
  const breaks = failure === null ? undefined : { after: content.length, error: () => failure };
  const answer: GivenResponse = {
    kind: "response",
    status: response.status,
    fields: readFields(response, content, isOwn),
    content,
    protocol: isHttp2(response.httpVersion) ? "h2" : "http/1.1",
    faults: { breaks },
  };
  return answer;
}

/** The body of a request. */
export function readPost(post: HarPost | undefined): Buffer {
  if (post?.text !== undefined)
    return Buffer.from(post.text, post._encoding === "base64" ? "base64" : "utf8");
  const params = (post?.params ?? []).map(({ name = "", value = "" }): [string, string] => [name, value]);
  return Buffer.from(new URLSearchParams(params).toString());
}

function readContent({ text = "", encoding, _coding }: HarContent): Buffer {
  const bytes = Buffer.from(text, encoding === "base64" ? "base64" : "utf8");
  return _coding === undefined ? bytes : encodeContent(bytes, _coding);
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
