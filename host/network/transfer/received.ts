import type { ByteString } from "./byte-string.ts";
import type { NamedValue } from "./header-fields.ts";

/** What is known of the last response of a transfer besides its content. Each is made when it is asked for. */
export interface Received {
  /** Its headers, in order. */
  fields(): NamedValue[];
  /** What the server says of the status; empty if it says nothing. */
  reason(): ByteString;
  /** The URL that it answers, without credentials and fragment. */
  url(): ByteString;
}
