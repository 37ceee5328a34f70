import type { ErrorCode } from "../../api/errors.ts";
import { refuseUnseen } from "../../api/refusal.ts";
import type { AllowRule } from "../../api/types.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import type { Decide, Describe, Terms } from "../transfer/terms.ts";
import { readDecision } from "./decision-question.ts";
import { type BudgetScope, RuleBudgets } from "./rule-budgets.ts";
import { readSeconds } from "./seconds.ts";
import { SecretHeaders } from "./secret-headers.ts";

/** With these, a server that knows them takes the request for one with another method. */
const OTHER_METHOD: readonly string[] = ["x-http-method-override", "x-http-method", "x-method-override"];
/** And with these, for one with another path. */
const OTHER_PATH: readonly string[] = ["x-original-url", "x-rewrite-url"];

const DEFAULT_HEADERS_TIMEOUT_S = 10;

/** The terms of one rule. Its secrets are in private members, which nothing prints. */
export class RuleTerms implements Terms {
  readonly claimed: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  readonly hasSecrets: boolean;
  readonly decision: Decide | null;
  readonly countsBytes: boolean;
  readonly #headers: SecretHeaders;
  readonly #budgets: RuleBudgets;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the key */
  constructor(given: AllowRule, option: string, scopes: readonly BudgetScope[]) {
    const timeoutMs = readSeconds(
      given.headersTimeout,
      `${option}.headersTimeout`,
      DEFAULT_HEADERS_TIMEOUT_S,
    );
    if (given.headersTimeout !== undefined && given.headers === undefined)
      refuseUnseen(`${option}.headersTimeout`, "means nothing without headers");
    this.#headers = new SecretHeaders(given.headers, `${option}.headers`, timeoutMs);
    this.claimed = new Set(this.#headers.names);
    this.hasSecrets = this.claimed.size > 0;
    this.closed = new Set([...(given.methods ? OTHER_METHOD : []), ...(given.paths ? OTHER_PATH : [])]);
    this.decision = readDecision(given, option);
    this.#budgets = new RuleBudgets(given.budget, `${option}.budget`, scopes);
    this.countsBytes = this.#budgets.countsBytes;
  }

  checkBudget(run: object | null): ErrorCode | null {
    return this.#budgets.check(run);
  }

  countRequest(run: object | null): void {
    this.#budgets.countRequest(run);
  }

  countBytes(run: object | null, bytes: number): boolean {
    return this.#budgets.countBytes(run, bytes);
  }

  headers(describe: Describe, over: AbortSignal): readonly NamedValue[] | Promise<readonly NamedValue[]> {
    return this.#headers.values(describe, over);
  }
}
