import { EXT_FILE, EXT_HEAD } from "../../assembly/abi.ts";
import type { Handles } from "../guest/wire/handles.ts";
import { marshalContent, marshalFailure } from "../guest/wire/result.ts";
import type { Received } from "../network/transfer/received.ts";
import type { Outcome } from "../network/transfer/transfer.ts";

/** The answer to a call: MessagePack for the script's guest. */
export interface DoorAnswer {
  /** `{ status, content }` or `{ error, code }`. */
  readonly bytes: Uint8Array;
  /** The handles of what the host keeps: of the content, and of the head. */
  readonly values: readonly number[];
}

/** How a guest learns the head of a response: with the answer, or when it asks for it; null if it does not. */
export type HeadPlace = "answer" | "value" | null;

const NO_VALUES: readonly number[] = [];

/** An answer without anything that the host keeps. */
export function plainAnswer(bytes: Uint8Array): DoorAnswer {
  return { bytes, values: NO_VALUES };
}

/** The answer with an outcome. @param received What else is known of a response */
export function answerWith(
  outcome: Outcome,
  handles: Handles,
  received: Received | null,
  place: HeadPlace,
): DoorAnswer {
  if ("code" in outcome) return plainAnswer(marshalFailure(outcome));
  const { status, content } = outcome;
  const handle = handles.add(EXT_FILE, content, content.length);
  const isTold = place === "answer" && received !== null;
  const head = isTold ? { url: received.url(), fields: received.fields() } : null;
  const bytes = marshalContent(status, handle, content.length, head);
  if (place !== "value" || received === null) return { bytes, values: [handle] };
  const text = headText(received);
  return { bytes, values: [handle, handles.add(EXT_HEAD, text, text.length)] };
}

/** The URL and the headers, each on a line. There is no line break in any of them. */
function headText(received: Received): Buffer {
  const lines = received.fields().map(([name, value]) => `${name}:${value}`);
  return Buffer.from([received.url(), ...lines].join("\n"), "latin1");
}
