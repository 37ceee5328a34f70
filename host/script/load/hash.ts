import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";

/** How many bytes are hashed in one turn of the event loop, which is in about a millisecond. */
const SLICE = 1 << 20;

/** The SHA-256 hash of bytes that may be many. */
export async function hashOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.length; at += SLICE) {
    if (at > 0) await turn();
    hash.update(bytes.subarray(at, at + SLICE));
  }
  return hash.digest("base64");
}
