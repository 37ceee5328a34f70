import type { TestRequest } from "../request/test-request.ts";

/**
 * What a value has to be: this text; text that a regular expression finds something in; all of these values, in order;
 * null for a value that must not be there; or what a function says true to.
 */
export type ValuePattern =
  | string
  | number
  | boolean
  | RegExp
  | readonly string[]
  | null
  | ((value: string) => boolean);

/** What a part of a multipart body has to be. A text stands for its content. */
export interface PartPattern {
  readonly filename?: ValuePattern | undefined;
  readonly type?: ValuePattern | undefined;
  /** Decoded. Bytes have to be the same. */
  readonly content?: ValuePattern | Uint8Array | undefined;
}

/** Which requests a fake is for. What it does not name may be anything. */
export interface RequestPattern {
  /** A method, or several. They are compared as they are sent. */
  readonly method?: string | readonly string[] | undefined;
  /**
   * A URL such as `https://api.example.com/users/1?full=1`, or only a path. With a query, the query has to have the same
   * parameters, in any order; without one, it may be any. `*` stands for one segment of the path, and for all the rest at
   * its end. A regular expression looks at the whole URL. A function gets it as a `URL`.
   */
  readonly url?: string | URL | RegExp | ((url: URL) => boolean) | undefined;
  /** Parameters that the query has. It may have others. */
  readonly query?: Readonly<Record<string, ValuePattern>> | undefined;
  /** Headers that it has. Case does not matter in names. */
  readonly headers?: Readonly<Record<string, ValuePattern>> | undefined;
  /** The whole body. */
  readonly body?: string | Uint8Array | RegExp | ((body: Buffer) => boolean) | undefined;
  /**
   * The body, as JSON: the same value. In it, a regular expression stands for text that it finds something in, and a
   * function for a value that it says true to.
   */
  readonly json?: unknown;
  /** Fields of a form in `application/x-www-form-urlencoded`. It may have others. */
  readonly form?: Readonly<Record<string, ValuePattern>> | undefined;
  /** Parts of a multipart body, by name. It may have others. */
  readonly parts?: Readonly<Record<string, PartPattern | string | RegExp | null>> | undefined;
  /** The id of the thread that it is made on. */
  readonly thread?: string | undefined;
  /** Anything else. */
  readonly match?: ((request: TestRequest) => boolean) | undefined;
  /**
   * The address that the host of `url` has, for the policy: `url` has to name a host then. It holds for all requests to
   * that host. @default 127.0.0.1 for localhost; the address of a URL that has one; otherwise a public one
   */
  readonly address?: string | undefined;
}

export const PATTERN_KEYS: readonly (keyof RequestPattern)[] = [
  "method",
  "url",
  "query",
  "headers",
  "body",
  "json",
  "form",
  "parts",
  "thread",
  "match",
  "address",
];

/** What is wanted of a request, and what came. */
export interface Difference {
  /** Such as `json.user.name`. */
  readonly where: string;
  readonly wanted: string;
  readonly came: string;
}
