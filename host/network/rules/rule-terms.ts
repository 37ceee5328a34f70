import type { ErrorCode } from "../../api/errors.ts";
import { refuseUnseen } from "../../api/refusal.ts";
import type { AllowRule } from "../../api/rules.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import type { Additions, Decide, Describe, Login, Terms } from "../transfer/terms.ts";
import type { ClientCertificate } from "../transfer/transfer.ts";
import { readDecision } from "./decision-question.ts";
import { type BudgetScope, RuleBudgets } from "./rule-budgets.ts";
import { readSeconds } from "./seconds.ts";
import { readCertificate } from "./secret-certificate.ts";
import { SecretHeaders } from "./secret-headers.ts";
import { readLogin } from "./secret-login.ts";

/** With these, a server that knows them takes the request for one with another method. */
const OTHER_METHOD: readonly string[] = ["x-http-method-override", "x-http-method", "x-method-override"];
/** And with these, for one with another path. */
const OTHER_PATH: readonly string[] = ["x-original-url", "x-rewrite-url"];
/**
 * With these, a server reads or writes another resource as well: WebDAV, and the stores of objects. With credentials of
 * the host, it may be one of another host.
 */
const OTHER_RESOURCE: readonly string[] = [
  "destination",
  "x-amz-copy-source",
  "x-amz-rename-source",
  "x-goog-copy-source",
  "x-ms-copy-source",
  "x-ms-rename-source",
];

const DEFAULT_HEADERS_TIMEOUT_S = 10;

/** The terms of one rule. Its secrets are in private members, which nothing prints. */
export class RuleTerms implements Terms {
  readonly claimed: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  readonly adds: readonly string[];
  readonly hasSecrets: boolean;
  readonly decision: Decide | null;
  readonly countsBytes: boolean;
  readonly claimsCertificate: boolean;
  /** Whether a request that the rule fits can still be refused: somebody is asked, or there is a budget. */
  readonly isConditional: boolean;
  readonly #headers: SecretHeaders;
  readonly #login: Login | null;
  readonly #certificate: ClientCertificate | null;
  readonly #budgets: RuleBudgets;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the key */
  constructor(
    given: AllowRule,
    option: string,
    { scopes, clock }: { readonly scopes: readonly BudgetScope[]; readonly clock: Clock },
  ) {
    this.#headers = readHeaders(given, option, clock);
    this.#login = readLogin(given, option);
    this.#certificate = readCertificate(given.tls_client_cert, `${option}.tls_client_cert`);
    this.claimsCertificate = this.#certificate !== null;
    const names = this.#headers.names;
    if (this.#login !== null && names.includes("authorization"))
      refuseUnseen(`${option}.headers`, "sets Authorization, and so do username and password");
    this.claimed = new Set(this.#login === null ? names : [...names, "authorization"]);
    this.adds = [
      ...this.#headers.written,
      ...(this.#login === null ? [] : [this.#login.awsSigv4 === null ? "Authorization" : "a signature"]),
      ...(this.claimsCertificate ? ["a certificate"] : []),
    ];
    this.hasSecrets = this.claimed.size > 0 || this.claimsCertificate;
    this.closed = closedBy(given, this.hasSecrets);
    this.decision = readDecision(given, option, clock);
    this.#budgets = new RuleBudgets(given.budget, `${option}.budget`, { scopes, clock });
    this.countsBytes = this.#budgets.countsBytes;
    this.isConditional = this.decision !== null || given.budget !== undefined;
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

  additions(describe: Describe, over: AbortSignal): Additions | Promise<Additions> {
    const headers = this.#headers.values(describe, over);
    return headers instanceof Promise ? headers.then((values) => this.#with(values)) : this.#with(headers);
  }

  #with(headers: readonly NamedValue[]): Additions {
    return { headers, login: this.#login, clientCertificate: this.#certificate };
  }
}

/** @throws HttpBackgroundError BAD_CONFIG */
function readHeaders({ headers, headersTimeout }: AllowRule, option: string, clock: Clock): SecretHeaders {
  const timeoutMs = readSeconds(headersTimeout, `${option}.headersTimeout`, DEFAULT_HEADERS_TIMEOUT_S);
  if (headersTimeout !== undefined && headers === undefined)
    refuseUnseen(`${option}.headersTimeout`, "means nothing without headers");
  return new SecretHeaders(headers, `${option}.headers`, { timeoutMs, clock });
}

/** The headers by which a request under the rule could become another one, as `comparableName` writes them. */
function closedBy({ methods, paths }: AllowRule, hasSecrets: boolean): ReadonlySet<string> {
  return new Set([
    ...(methods ? OTHER_METHOD : []),
    ...(paths ? OTHER_PATH : []),
    ...(paths || hasSecrets ? OTHER_RESOURCE : []),
  ]);
}
