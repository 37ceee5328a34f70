import { decode, Encoder, ExtData } from "@msgpack/msgpack";
import { EXT_FILE } from "../../assembly/abi.ts";
import { HttpBackgroundError, type MistakeCode } from "../errors.ts";
import type { Handles } from "./handles.ts";

/** How a transfer ended, on its way through the guest. */
export type Outcome = { status: number; content: Buffer } | { error: string; code: string };

const encoder = new Encoder();

/** Writes an outcome for the guest: the content stays on the host, behind a handle. */
export function marshalOutcome(outcome: Outcome, handles: Handles): Uint8Array {
  if ("error" in outcome) return encoder.encode(outcome);
  const { status, content } = outcome;
  return encoder.encode({ status, content: contentHandle(content, handles) });
}

/** Reads the result of a call. @throws HttpBackgroundError for a mistake of the caller. */
export function unmarshalResult(record: Uint8Array, handles: Handles): Outcome {
  const { status, content, error, code, throws, option } = decode(record) as Record<string, unknown>;
  if (typeof throws === "string") {
    throw new HttpBackgroundError(code as MistakeCode, throws, {
      option: option === "" ? undefined : String(option),
    });
  }
  if (typeof status !== "number") return { error: String(error), code: String(code) };
  return { status, content: handles.get(readHandle(content), EXT_FILE).value as Buffer };
}

function contentHandle(content: Buffer, handles: Handles): ExtData {
  const payload = Buffer.alloc(12);
  payload.writeUInt32LE(handles.add(EXT_FILE, content, content.length), 0);
  payload.writeDoubleLE(content.length, 4);
  return new ExtData(EXT_FILE, payload);
}

function readHandle(value: unknown): number {
  if (!(value instanceof ExtData)) return -1;
  return Buffer.from(value.data as Uint8Array).readUInt32LE(0);
}
