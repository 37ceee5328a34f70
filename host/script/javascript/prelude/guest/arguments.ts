import type { Bytes } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { MessagePackReader } from "../seam/message-pack-reader.ts";

/** The arguments of the run. */
export function args(): (string | Bytes)[] {
  const reader = new MessagePackReader(host.args());
  return Array.from({ length: reader.readCount() }, () => reader.readTextOrBytes());
}
