import type { ByteString } from "./byte-string.ts";
import type { NamedValue } from "./header-fields.ts";

/** What the host adds to one request. Whoever asks for the request must not learn it. */
export interface Additions {
  readonly headers: readonly NamedValue[];
}

/** On which terms a rule allows a request. */
export interface Terms {
  /** Names of headers that the host sets, as `comparableName` writes them. */
  readonly claimed: ReadonlySet<string>;
  /** Names of headers with which a request could become another one than the rule allows. */
  readonly closed: ReadonlySet<string>;
  /** Whether the host adds something that must stay secret. */
  readonly hasSecrets: boolean;
  additions(): Additions;
}

/** A name of a header as many servers compare it: they cannot tell `_` from `-`. */
export function comparableName(name: ByteString): string {
  return name.toLowerCase().replaceAll("_", "-");
}
