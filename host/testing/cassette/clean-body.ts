import { isUtf8 } from "node:buffer";
import type { SecretValues } from "../request/secret-values.ts";
import { mayHold } from "./archive-text.ts";
import { glimpse } from "./codings.ts";
import { LONG, type Pace } from "./pace.ts";

/** What a body is. */
export interface BodyKind {
  readonly encoding?: string | undefined;
  readonly mimeType?: string | undefined;
  /** The compression that was not undone. */
  readonly coding?: string | undefined;
}

/** What is hidden. */
interface Hidden {
  readonly secrets: SecretValues;
  /** Hides what has the name of a secret. */
  hideNamed(text: string, mimeType: string): string;
}

/** Characters of base64 that are whole bytes. */
const SLICE = LONG - (LONG % 4);

/** Whether a long body has no secret. If it is short, or this cannot be said, it is false. */
export async function isCleanBody(
  body: string,
  { encoding, mimeType = "", coding = "" }: BodyKind,
  { secrets, hideNamed }: Hidden,
  pace: Pace,
): Promise<boolean> {
  if (body.length <= LONG) return false;
  let shown: { text: string; encoding: "utf8" | "latin1" } = { text: body, encoding: "utf8" };
  if (encoding === "base64") {
    const bytes = await decodeBase64(body, pace);
    if (bytes === null || glimpse(bytes, coding) !== null) return false;
    const kind = isUtf8(bytes) ? "utf8" : "latin1";
    shown = { text: bytes.toString(kind), encoding: kind };
    await pace.rest();
  }
  if (await mayHold(secrets, shown, pace)) return false;
  return hideNamed(shown.text, mimeType) === shown.text;
}

/** null if it is not of the usual kind: in one piece, with the usual alphabet. */
async function decodeBase64(text: string, pace: Pace): Promise<Buffer | null> {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text, "base64"));
  let length = 0;
  for (let start = 0; start < text.length; start += SLICE) {
    const slice = text.slice(start, start + SLICE);
    const written = bytes.write(slice, length, "base64");
    length += written;
    if (start + SLICE < text.length && written !== (SLICE / 4) * 3) return null;
    await pace.rest();
  }
  return bytes.subarray(0, length);
}
