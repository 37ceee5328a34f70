import type { ErrorCode } from "../../api/errors.ts";
import type { RuleRequest } from "../../api/rules.ts";
import type { AskingRun } from "./asking-run.ts";
import type { ByteString } from "./byte-string.ts";
import type { NamedValue } from "./header-fields.ts";
import type { ClientCertificate, Transfer } from "./transfer.ts";

/** What the host adds to one request. Whoever asks for the request must not learn it. */
export interface Additions {
  readonly headers: readonly NamedValue[];
  /** Instead of the credentials of the transfer; null leaves those in place. */
  readonly login: Login | null;
  readonly clientCertificate: ClientCertificate | null;
}

/** Credentials of a rule, as the members of a transfer with these names. */
export type Login = Readonly<Pick<Transfer, "username" | "password" | "awsSigv4">>;

/** Makes a request as functions of the host see it. */
export type Describe = () => RuleRequest;

/** On which terms a rule allows a request. `run` is the run of a script, or null for the application. */
export interface Terms {
  /** Names of headers that the host sets, as `comparableName` writes them. */
  readonly claimed: ReadonlySet<string>;
  /** Names of headers with which a request could become another one than the rule allows. */
  readonly closed: ReadonlySet<string>;
  /** The names of what the host adds, as people read them. */
  readonly adds: readonly string[];
  /** Whether the host adds something that must stay secret. */
  readonly hasSecrets: boolean;
  /** The question whether a request may be made; null if nobody is asked. */
  readonly decision: Decide | null;
  /** Whether bytes are counted. */
  readonly countsBytes: boolean;
  /** Why no more requests may be made; null if one may. */
  checkBudget(run: object | null): ErrorCode | null;
  countRequest(run: object | null): void;
  /** False if these are too many. */
  countBytes(run: object | null, bytes: number): boolean;
  /** Whether the host shows a certificate of its own. */
  readonly claimsCertificate: boolean;
  /** What is added. Functions that are asked for it know by `over` when nobody wants it any more. */
  additions(describe: Describe, over: AbortSignal): Additions | Promise<Additions>;
}

/** A question to the host. */
export interface Decide {
  /** Whether its time counts for the time limits of the call and the run. */
  readonly countsTime: boolean;
  /** Why the request is denied; null if it is allowed. It never rejects. */
  ask(describe: Describe, asker: AskingRun | null, over: AbortSignal): Promise<string | null>;
}

/**
 * A name of a header as many servers compare it. Where it becomes a variable (CGI), `_` and `-` are the same; for some
 * servers, such as lighttpd, all that is neither a letter nor a digit.
 */
export function comparableName(name: ByteString): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, "-");
}
