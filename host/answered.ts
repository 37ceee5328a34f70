import { ResponseHeaders } from "./api/response-headers.ts";
import type { Answered } from "./api/types.ts";
import type { Received } from "./network/transfer/received.ts";

/** What the original's result consists of. */
export interface PlainResult {
  readonly status: number;
  readonly content: Buffer;
}

/** Its constructor returns the object that it gets, so that a subclass puts its private members there. */
class Itself {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is its whole purpose
    return object;
  }
}

/**
 * What a result knows besides its own members. Private members of a class are the one thing that nobody can see who
 * compares, prints or copies an object, and they cost less than any other.
 */
class Origin extends Itself {
  readonly #received: Received;
  #headers: ResponseHeaders | undefined;
  #url: string | undefined;

  constructor(result: object, received: Received) {
    super(result);
    this.#received = received;
  }

  static headersOf(result: object): ResponseHeaders | undefined {
    if (!(#received in result)) return undefined;
    result.#headers ??= new ResponseHeaders(result.#received.fields(), result.#received.reason());
    return result.#headers;
  }

  static urlOf(result: object): string | undefined {
    if (!(#received in result)) return undefined;
    result.#url ??= result.#received.url();
    return result.#url;
  }
}

// The same functions for all results, so that all have the same hidden class.
const HEADERS: PropertyDescriptor = {
  get(this: object) {
    return Origin.headersOf(this);
  },
  enumerable: false,
  configurable: true,
};
const URL: PropertyDescriptor = {
  get(this: object) {
    return Origin.urlOf(this);
  },
  enumerable: false,
  configurable: true,
};

/** Gives a result its `headers` and its `url`. Both are not enumerable, and made only when they are asked for. */
export function answeredWith(result: PlainResult, received: Received): Answered {
  new Origin(result, received);
  Object.defineProperty(result, "headers", HEADERS);
  return Object.defineProperty(result, "url", URL) as Answered;
}
