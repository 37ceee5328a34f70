import { type Refuse, refuseUnknownKeys, refuseUnseen, refusing } from "../../api/refusal.ts";
import type { AllowRule } from "../../api/rules.ts";
import type { BudgetScope } from "../rules/rule-budgets.ts";
import { RuleTerms } from "../rules/rule-terms.ts";
import type { RequestLine } from "../transfer/policy.ts";
import type { Terms } from "../transfer/terms.ts";
import { isSendableMethod } from "../transfer/tokens.ts";
import type { Audience, Readership } from "./audience.ts";
import { PathPattern } from "./path-pattern.ts";
import { readPath } from "./request-path.ts";

const KEYS: readonly (keyof AllowRule)[] = [
  "origin",
  "methods",
  "paths",
  "headers",
  "headersTimeout",
  "username",
  "password",
  "aws_sigv4",
  "tls_client_cert",
  "decide",
  "decideTimeout",
  "decideAtOnce",
  "decideCountsTime",
  "budget",
  "trace",
];

/** The keys that give a request something that its caller does not have. */
const SECRET_KEYS: readonly (keyof AllowRule)[] = [
  "headers",
  "headersTimeout",
  "username",
  "password",
  "aws_sigv4",
  "tls_client_cert",
];

/** For whom the budgets of a rule count. */
const SCOPES: Readonly<Record<Audience, readonly BudgetScope[]>> = {
  application: ["all"],
  script: ["run", "all"],
  run: ["run"],
};

/** Methods that are written in capital letters. Servers may take them in others too, but a rule does not. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND REPORT QUERY".split(" "),
);

/** Why a rule does not allow a request. */
export type Misfit = "method" | "path";

/** Which requests to its origin a rule allows. */
export class Rule {
  /** As people would write it: `GET,HEAD https://api.example.com /v1/*`. */
  readonly text: string;
  /** Whether it allows every request, on no condition. */
  readonly isOpen: boolean;
  /** What it says of traces; undefined if it says nothing. */
  readonly isTraced: boolean | undefined;
  readonly terms: Terms;
  readonly #methods: ReadonlySet<string> | null;
  readonly #paths: readonly PathPattern[] | null;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong key */
  constructor(given: AllowRule, option: string, { audience, clock }: Readership) {
    refuseUnknownKeys(given, KEYS, option);
    const { origin, methods, paths } = given;
    this.#methods = readList(methods, `${option}.methods`, readMethod, (list) => new Set(list));
    this.#paths = readList(
      paths,
      `${option}.paths`,
      (path, name) => new PathPattern(path, name),
      (list) => list,
    );
    this.isTraced = readTrace(given.trace, `${option}.trace`);
    const terms = new RuleTerms(given, option, { scopes: SCOPES[audience], clock });
    this.terms = terms;
    this.isOpen = this.#methods === null && this.#paths === null && !terms.isConditional;
    this.text = [methods?.join(","), String(origin), paths?.join(",")].filter(Boolean).join(" ");
  }

  /** Why it does not allow a request; null if it does. */
  misfit({ method, target }: RequestLine): Misfit | null {
    if (this.#methods !== null && !this.#methods.has(method)) return "method";
    if (this.#paths === null) return null;
    const path = readPath(target);
    return path !== null && this.#paths.some((pattern) => pattern.fits(path)) ? null : "path";
  }
}

/** @throws HttpBackgroundError BAD_CONFIG for a rule with secrets */
export function refuseSecrets(given: object, option: string): void {
  const key = SECRET_KEYS.find((name) => name in given);
  if (key !== undefined)
    refuseUnseen(`${option}.${key}`, "a rule of a run has no secrets: they belong to the runtime");
}

/** Reads each member of a list; null if there is no list. An empty list would allow nothing, so it is refused. */
function readList<Member, List>(
  given: unknown,
  option: string,
  read: (member: unknown, option: string) => Member,
  gather: (members: Member[]) => List,
): List | null {
  if (given === undefined) return null;
  if (Array.isArray(given) && given.length > 0) {
    return gather(given.map((member, index) => read(member, `${option}[${index}]`)));
  }
  return refuseUnseen(option, "must be a list that is not empty");
}

function readTrace(trace: unknown, option: string): boolean | undefined {
  if (trace === undefined || typeof trace === "boolean") return trace;
  return refuseUnseen(option, "must be true or false");
}

function readMethod(method: unknown, option: string): string {
  const refuse: Refuse = refusing(method, option);
  if (typeof method !== "string" || !isSendableMethod(method)) return refuse("is not a method");
  const capitals = method.toUpperCase();
  if (method !== capitals && KNOWN_METHODS.has(capitals)) {
    return refuse(`is not "${capitals}": methods are compared as they are written`);
  }
  return method;
}
