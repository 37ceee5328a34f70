import type { ClientCertificate } from "./calls.ts";

/** What is allowed at an origin. docs/policy.md says what the members mean. */
export interface AllowRule {
  /** `scheme://host[:port]`, as in an entry that is text. */
  readonly origin: string;
  /** The methods that are allowed, such as `GET`. @default every method */
  readonly methods?: readonly string[] | undefined;
  /** The paths that are allowed, such as `/v1/users`, or `/v1/*` for all that is below `/v1`. @default every path */
  readonly paths?: readonly string[] | undefined;
  /**
   * Headers that the host puts in: values, or functions that give them. Whoever makes the call never sees them, and may
   * not set them. docs/policy.md says where they are sent.
   */
  readonly headers?: Readonly<Record<string, string | HeaderFunction>> | undefined;
  /** Seconds that a function of `headers` may take. Codes SECRET_TIMEDOUT, SECRET_UNAVAILABLE. @default 10 */
  readonly headersTimeout?: number | undefined;
  /** Credentials that the host puts in, for Basic authentication or for a signature. The caller never sees them. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** As the option of a call: signs with `username` and `password`. */
  readonly aws_sigv4?: string | undefined;
  /** A certificate that the host shows. The caller cannot use it elsewhere. */
  readonly tls_client_cert?: ClientCertificate | undefined;
  /** Is asked about each request before anything is looked up. The request is denied unless it gives true. */
  readonly decide?: DecideFunction | undefined;
  /** Seconds that `decide` may take; then the request is denied. @default 60 */
  readonly decideTimeout?: number | undefined;
  /**
   * How many questions to `decide` may be open at the same time for one tenant; without tenants, for one script, or for
   * the application. More requests are denied. @default 100
   */
  readonly decideAtOnce?: number | undefined;
  /** Whether the time of `decide` counts for the time limits of the call and the run. @default true */
  readonly decideCountsTime?: boolean | undefined;
  /** How much the rule allows: to each run of a script, and to all calls together. @default as much as they like */
  readonly budget?:
    | { readonly run?: RuleBudget | undefined; readonly all?: RuleBudget | undefined }
    | undefined;
  /**
   * Whether the server may get `traceparent`, with which `http-background/otel` continues the host's trace there.
   * @default true for calls of the application; false for scripts
   */
  readonly trace?: boolean | undefined;
}

/** A budget of a rule. Each part that is left out has no limit. */
export interface RuleBudget {
  /** Code REQUEST_BUDGET. A redirect is another request. */
  readonly requests?: number | undefined;
  /** Bytes of bodies and contents together. Code BYTE_BUDGET. */
  readonly bytes?: number | undefined;
  /** The requests of one second may come at once. Code RATE_BUDGET. */
  readonly requestsPerSecond?: number | undefined;
}

/** A request as functions of a rule see it. It is frozen, and has no credentials of anybody. */
export interface RuleRequest {
  readonly method: string;
  /** The whole URL, without a user and a fragment. */
  readonly url: string;
  /**
   * The lines of the caller's headers, without Authorization, Cookie and Proxy-Authorization. A Host is there only if the
   * caller set one.
   */
  readonly headers: readonly string[];
  /** Length of the body; null if it is not known. */
  readonly bytes: number | null;
  /** 0 is the URL of the call, 1 is the first redirect. */
  readonly hop: number;
  readonly thread: string;
  /** The number of the run; null for a call of the application. */
  readonly run: number | null;
  /** What the application gave to the run; null if it gave nothing. */
  readonly tenant: string | null;
}

/** A request that a script asks for. */
export interface ScriptRequest {
  /** In the form of an entry of `allow`. */
  readonly origin: string;
  readonly method: string;
  /** The path as it is sent, without the query; null if no rule with paths can allow it. */
  readonly path: string | null;
}

/** Gives the value of a header. `signal` aborts when the value is not wanted any more. */
export type HeaderFunction = (request: RuleRequest, signal: AbortSignal) => string | PromiseLike<string>;

/** Allows a request with `true`, and with nothing else. `signal` aborts when the answer is not wanted any more. */
export type DecideFunction = (request: RuleRequest, signal: AbortSignal) => boolean | PromiseLike<boolean>;

/** Which origins and addresses may be reached; docs/policy.md has the grammar of the entries. */
export interface PolicyRules {
  /**
   * Entries `scheme://host[:port]`, or rules. Without it, an application may reach everything, and a script nothing.
   */
  allow?: readonly (string | AllowRule)[] | undefined;
  /**
   * Entries: names, `*.name`, addresses, CIDR ranges, `private`. What is in `block` is refused, even if `allow` has it.
   */
  block?: readonly string[] | undefined;
  /**
   * The options that a call may use although they widen what it can do: `proxy`, `sourceip`, `tls_client_cert`, and
   * `tls_verify_peer` and `tls_verify_host` (to switch them off). Without it, an application may use all, a script
   * none.
   */
  options?: readonly string[] | undefined;
}
