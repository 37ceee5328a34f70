import { EXT_FILE } from "../assembly/abi.ts";
import type { Handles } from "./guest/wire/handles.ts";
import { marshalContent, marshalFailure } from "./guest/wire/result.ts";
import type { Received } from "./network/transfer/received.ts";
import type { Outcome } from "./network/transfer/transfer.ts";

/** The answer to a call: MessagePack for the script's guest. */
export interface DoorAnswer {
  /** `{ status, content }` or `{ error, code }`. */
  readonly bytes: Uint8Array;
  /** The handle of the content; undefined if there is none. */
  readonly content: number | undefined;
}

/** The answer with an outcome. @param received What the guest is told besides; null if nothing */
export function answerWith(outcome: Outcome, handles: Handles, received: Received | null): DoorAnswer {
  if ("code" in outcome) return { bytes: marshalFailure(outcome), content: undefined };
  const { status, content } = outcome;
  const handle = handles.add(EXT_FILE, content, content.length);
  const head = received && { url: received.url(), fields: received.fields() };
  return { bytes: marshalContent(status, handle, content.length, head), content: handle };
}
