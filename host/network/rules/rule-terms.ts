import type { AllowRule } from "../../api/types.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { type Additions, comparableName, type Terms } from "../transfer/terms.ts";
import { readSecretHeaders } from "./secret-headers.ts";

/** With these, a server that knows them takes the request for one with another method. */
const OTHER_METHOD: readonly string[] = ["x-http-method-override", "x-http-method", "x-method-override"];
/** And with these, for one with another path. */
const OTHER_PATH: readonly string[] = ["x-original-url", "x-rewrite-url"];

/** The terms of one rule. Its secrets are in private members, which nothing prints. */
export class RuleTerms implements Terms {
  readonly claimed: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  readonly hasSecrets: boolean;
  readonly #headers: readonly NamedValue[];

  /** @throws HttpBackgroundError BAD_CONFIG, which names the key */
  constructor(given: AllowRule, option: string) {
    this.#headers = readSecretHeaders(given.headers, `${option}.headers`);
    this.claimed = new Set(this.#headers.map(([name]) => comparableName(name)));
    this.hasSecrets = this.#headers.length > 0;
    this.closed = new Set([...(given.methods ? OTHER_METHOD : []), ...(given.paths ? OTHER_PATH : [])]);
  }

  additions(): Additions {
    return { headers: this.#headers };
  }
}
