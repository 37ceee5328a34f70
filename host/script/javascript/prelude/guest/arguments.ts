import type { Bytes } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { MessagePackReader } from "../seam/message-pack-reader.ts";

/** The arguments of the run. */
export function args(): (string | Bytes)[] {
  return new MessagePackReader(host.args()).read() as (string | Bytes)[];
}
