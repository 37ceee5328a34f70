import { isKeyed } from "../../api/keyed.ts";
import { refuseUnseen, refusing } from "../../api/refusal.ts";
import type { RuleRequest } from "../../api/rules.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { comparableName } from "../transfer/terms.ts";
import { isHeaderValue, isToken } from "../transfer/tokens.ts";
import { HostQuestion, type QuestionLimits, Unanswered } from "./host-question.ts";

/** Headers that frame a request, belong to a connection, or say what the caller's body is. */
const NOT_FOR_RULES: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "proxy-authorization",
  "proxy-connection",
]);

/** How long a function may take. */
type Waiting = Pick<QuestionLimits, "timeoutMs" | "clock">;

type Source = string | HostQuestion<unknown>;

/** The headers of one rule: values, or functions that are asked for them. */
export class SecretHeaders {
  /** As `comparableName` writes them. */
  readonly names: readonly string[];
  /** As the rule spells them. */
  readonly written: readonly string[];
  readonly #headers: readonly (readonly [name: string, source: Source])[];
  /** All of them, if no function is asked. */
  readonly #fixed: readonly NamedValue[] | null;

  /**
   * What is wrong is said without the value.
   *
   * @throws HttpBackgroundError BAD_CONFIG, which names the header
   */
  constructor(given: unknown, option: string, waiting: Waiting) {
    this.#headers = entriesOf(given, option).map(([name, value]) => {
      const path = `${option}.${name}`;
      checkName(name, path);
      return [name, readSource(value, path, waiting)] as const;
    });
    this.written = this.#headers.map(([name]) => name);
    this.names = this.#headers.map(([name]) => comparableName(name));
    const twice = this.names.findIndex((name, index) => this.names.indexOf(name) !== index);
    if (twice !== -1)
      refuseUnseen(`${option}.${this.#headers[twice]?.[0]}`, "is there twice: names have no case");
    this.#fixed = this.#headers.every(isFixed) ? (this.#headers as readonly NamedValue[]) : null;
  }

  /**
   * @param describe Makes the request as functions see it
   * @throws TransferFailure SECRET_UNAVAILABLE, SECRET_TIMEDOUT, later
   */
  values(
    describe: () => RuleRequest,
    over: AbortSignal,
  ): readonly NamedValue[] | Promise<readonly NamedValue[]> {
    if (this.#fixed !== null) return this.#fixed;
    const request = describe();
    return Promise.all(
      this.#headers.map(async ([name, source]) => [name, await askFor(source, request, over)] as const),
    );
  }
}

function isFixed([, source]: readonly [string, Source]): boolean {
  return typeof source === "string";
}

function entriesOf(given: unknown, option: string): [name: string, value: unknown][] {
  if (given === undefined) return [];
  if (!isKeyed(given)) {
    return refuseUnseen(option, "must be an object with values by the names of headers");
  }
  return Object.entries(given);
}

function checkName(name: string, path: string): void {
  const refuse = refusing(name, path);
  if (!isToken(name)) refuse("is not the name of a header");
  if (NOT_FOR_RULES.has(comparableName(name))) refuse("cannot be set by a rule");
}

function readSource(value: unknown, path: string, waiting: Waiting): Source {
  if (typeof value === "function") {
    return new HostQuestion(value as () => unknown, { ...waiting, most: Number.POSITIVE_INFINITY });
  }
  if (typeof value !== "string") return refuseUnseen(path, "must be text or a function");
  return readValue(value) ?? refuseUnseen(path, "is not the value of a header");
}

async function askFor(source: Source, request: RuleRequest, over: AbortSignal): Promise<string> {
  if (typeof source === "string") return source;
  // There is no limit, so it does not matter for whom.
  const value = await source.ask(request, "", over).catch((error: unknown) => {
    const isLate = error instanceof Unanswered && error.why === "timed out";
    throw new TransferFailure(isLate ? "SECRET_TIMEDOUT" : "SECRET_UNAVAILABLE");
  });
  const bytes = typeof value === "string" ? readValue(value) : null;
  if (bytes === null) throw new TransferFailure("SECRET_UNAVAILABLE");
  return bytes;
}

/** The bytes of a value; null if it cannot be one. */
function readValue(value: string): string | null {
  const bytes = Buffer.from(value, "utf8").toString("latin1");
  return value.trim() !== "" && isHeaderValue(bytes) ? bytes : null;
}
