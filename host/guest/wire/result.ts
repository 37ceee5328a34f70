import { EXT_FILE, KEY_CONTENT, KEY_STATUS, SIZED_HANDLE_SIZE } from "../../../assembly/abi.ts";
import { HttpBackgroundError, type MistakeCode } from "../../api/errors.ts";
import type { Handles } from "./handles.ts";
import { type Fields, MessagePackReader, readMessagePack } from "./message-pack-reader.ts";
import { MessagePackWriter } from "./message-pack-writer.ts";

/** How a transfer ended, in the form that goes through the guest. */
export type Outcome = { status: number; content: Buffer } | FailedOutcome;

/** A failure, or a mistake that was found only when the transfer began. */
export interface FailedOutcome {
  error: string;
  code: string;
  mistake?: { readonly option: string; readonly message: string } | undefined;
}

const writer = new MessagePackWriter();
const headerWriter = new MessagePackWriter();

/** Writes an outcome for the guest. The content stays on the host, and the guest gets a handle of it. */
export function marshalOutcome(outcome: Outcome, handles: Handles): Uint8Array {
  if ("error" in outcome) return marshalFailure(outcome);
  const { status, content } = outcome;
  return marshalContent(status, handles.add(EXT_FILE, content, content.length), content.length);
}

/** What a guest may be told of a response besides its status and its content. Texts have one character a byte. */
export interface ResponseHead {
  readonly url: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** As `marshalOutcome`, for a content that has a handle already. */
export function marshalContent(
  status: number,
  handle: number,
  size: number,
  head: ResponseHead | null = null,
): Uint8Array {
  writer.clear();
  writer.writeMapHead(head === null ? 2 : 4);
  writer.writeString("status");
  writer.writeNumber(status);
  if (head !== null) writeHead(head);
  writer.writeString("content");
  writer.writeExtension(EXT_FILE, SIZED_HANDLE_SIZE);
  writer.writeHandle(handle, size);
  return Buffer.from(writer.written);
}

/** The headers are MessagePack of their own, as bytes: a guest that does not want them goes past them at once. */
function writeHead({ url, fields }: ResponseHead): void {
  headerWriter.clear();
  headerWriter.writeArrayHead(2 * fields.length);
  for (const [name, value] of fields) {
    headerWriter.writeString(name);
    headerWriter.writeString(value);
  }
  writer.writeString("url");
  writer.writeString(url);
  writer.writeString("headers");
  writer.writeBytes(headerWriter.written);
}

/** Like `marshalOutcome`, but for a failure, which has no content. */
export function marshalFailure({ error, code, mistake }: FailedOutcome): Uint8Array {
  if (mistake !== undefined) return marshalMistake(mistake);
  writer.clear();
  writer.writeMapHead(2);
  writer.writeString("error");
  writer.writeString(error);
  writer.writeString("code");
  writer.writeString(code);
  return Buffer.from(writer.written);
}

function marshalMistake({ option, message }: { option: string; message: string }): Uint8Array {
  const code: MistakeCode = "BAD_OPTION";
  writer.clear();
  writer.writeMapHead(3);
  for (const text of ["throws", message, "code", code, "option", option]) writer.writeString(text);
  return Buffer.from(writer.written);
}

/** The result of a call, as the guest has written it. */
export interface RawResult {
  status: number;
  /** The handle of the content; -1 if there is none. */
  content: number;
  /** The texts, by their names. */
  texts: Record<string, string> | null;
}

/** Reads the result of a call. @throws RangeError or TypeError if it is none */
export function readResult(bytes: Buffer, start: number, end: number): RawResult {
  const reader = new MessagePackReader(bytes, start, end);
  const result: RawResult = { status: -1, content: -1, texts: null };
  for (let left = reader.enterMap(); left > 0; left--) {
    const name = reader.readKey();
    if (name === KEY_STATUS) result.status = Number(reader.read());
    else if (name === KEY_CONTENT) result.content = reader.readHandle(EXT_FILE);
    else {
      result.texts ??= {};
      result.texts[name] = String(reader.read());
    }
  }
  reader.finish();
  return result;
}

/** The outcome in a result. @throws HttpBackgroundError if the result is a mistake of the caller */
export function unmarshalResult({ status, content, texts }: RawResult, handles: Handles): Outcome {
  if (texts === null) return { status, content: handles.get(content, EXT_FILE).value as Buffer };
  const mistake = mistakeOf(texts);
  if (mistake !== undefined) throw mistake;
  return { error: String(texts.error), code: String(texts.code) };
}

/** Reads the result of a call that made no transfer. It is a mistake of the caller, or an error. */
export function readRefusal(record: Uint8Array): {
  mistake: HttpBackgroundError | undefined;
  error: unknown;
  code: string;
} {
  const fields = readMessagePack(record) as Fields;
  return { mistake: mistakeOf(fields), error: fields.error, code: String(fields.code) };
}

function mistakeOf({ throws, code, option }: Fields): HttpBackgroundError | undefined {
  if (typeof throws !== "string") return undefined;
  return new HttpBackgroundError(code as MistakeCode, throws, {
    option: option === "" ? undefined : String(option),
  });
}
