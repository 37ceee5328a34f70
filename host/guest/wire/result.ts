import { EXT_FILE, SIZED_HANDLE_SIZE } from "../../../assembly/abi.ts";
import { HttpBackgroundError, type MistakeCode } from "../../api/errors.ts";
import type { Handles } from "./handles.ts";
import { Extension, type Fields, readMessagePack } from "./message-pack-reader.ts";
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

/** Writes an outcome for the guest. The content stays on the host, and the guest gets a handle of it. */
export function marshalOutcome(outcome: Outcome, handles: Handles): Uint8Array {
  if ("error" in outcome) return marshalFailure(outcome);
  const { status, content } = outcome;
  return marshalContent(status, handles.add(EXT_FILE, content, content.length), content.length);
}

/** As `marshalOutcome`, for a content that has a handle already. */
export function marshalContent(status: number, handle: number, size: number): Uint8Array {
  writer.clear();
  writer.writeMapHead(2);
  writer.writeString("status");
  writer.writeNumber(status);
  writer.writeString("content");
  writer.writeExtension(EXT_FILE, SIZED_HANDLE_SIZE);
  writer.writeHandle(handle, size);
  return Buffer.from(writer.written);
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

/** Reads the result of a call. @throws HttpBackgroundError if the result is a mistake of the caller. */
export function unmarshalResult(record: Uint8Array, handles: Handles): Outcome {
  const fields = readMessagePack(record) as Fields;
  const { status, content } = fields;
  const mistake = mistakeOf(fields);
  if (mistake !== undefined) throw mistake;
  if (typeof status !== "number") return { error: String(fields.error), code: String(fields.code) };
  return { status, content: handles.get(readHandle(content), EXT_FILE).value as Buffer };
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

function readHandle(value: unknown): number {
  return value instanceof Extension ? value.data.readUInt32LE(0) : -1;
}
