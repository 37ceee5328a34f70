import { Decoder, ExtData } from "@msgpack/msgpack";
import { EXT_FILE, SIZED_HANDLE_SIZE } from "../../assembly/abi.ts";
import { HttpBackgroundError, type MistakeCode } from "../errors.ts";
import type { Handles } from "./handles.ts";
import { MessagePackWriter } from "./message-pack-writer.ts";

/** How a transfer ended, on its way through the guest. */
export type Outcome = { status: number; content: Buffer } | { error: string; code: string };

const writer = new MessagePackWriter();
const decoder = new Decoder();

/** Writes an outcome for the guest: the content stays on the host, behind a handle. */
export function marshalOutcome(outcome: Outcome, handles: Handles): Uint8Array {
  writer.clear();
  writer.writeMapHead(2);
  if ("error" in outcome) {
    writer.writeString("error");
    writer.writeString(outcome.error);
    writer.writeString("code");
    writer.writeString(outcome.code);
  } else {
    const { length } = outcome.content;
    writer.writeString("status");
    writer.writeNumber(outcome.status);
    writer.writeString("content");
    writer.writeExtension(EXT_FILE, SIZED_HANDLE_SIZE);
    writer.writeHandle(handles.add(EXT_FILE, outcome.content, length), length);
  }
  return Buffer.from(writer.written);
}

/** Reads the result of a call. @throws HttpBackgroundError for a mistake of the caller. */
export function unmarshalResult(record: Uint8Array, handles: Handles): Outcome {
  const fields = decoder.decode(record) as Record<string, unknown>;
  const { status, content, error, code, throws, option } = fields;
  if (typeof throws === "string") {
    throw new HttpBackgroundError(code as MistakeCode, throws, {
      option: option === "" ? undefined : String(option),
    });
  }
  if (typeof status !== "number") return { error: String(error), code: String(code) };
  return { status, content: handles.get(readHandle(content), EXT_FILE).value as Buffer };
}

function readHandle(value: unknown): number {
  if (!(value instanceof ExtData)) return -1;
  return Buffer.from(value.data as Uint8Array).readUInt32LE(0);
}
