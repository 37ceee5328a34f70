import { ResponseHeaders } from "../api/response-headers.ts";
import type { Answered } from "../api/results.ts";
import type { Received } from "../network/transfer/received.ts";
import { Itself } from "./itself.ts";

/** What the original's result consists of. */
export interface PlainResult {
  readonly status: number;
  readonly content: Buffer;
}

/** What somebody has asked a result for. */
class ReadOrigin {
  readonly #received: Received;
  #headers: ResponseHeaders | undefined;
  #url: string | undefined;

  constructor(received: Received) {
    this.#received = received;
  }

  get headers(): ResponseHeaders {
    this.#headers ??= new ResponseHeaders(this.#received.fields(), this.#received.reason());
    return this.#headers;
  }

  get url(): string {
    this.#url ??= this.#received.url();
    return this.#url;
  }
}

/** What a result knows besides its own members. */
class Origin extends Itself {
  /** One member alone: each one more makes every result larger. */
  #origin: Received | ReadOrigin;

  constructor(result: object, received: Received) {
    super(result);
    this.#origin = received;
  }

  static headersOf(result: object): ResponseHeaders | undefined {
    return #origin in result ? Origin.#read(result).headers : undefined;
  }

  static urlOf(result: object): string | undefined {
    return #origin in result ? Origin.#read(result).url : undefined;
  }

  static #read(result: Origin): ReadOrigin {
    if (!(result.#origin instanceof ReadOrigin)) result.#origin = new ReadOrigin(result.#origin);
    return result.#origin;
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
  Reflect.defineProperty(result, "headers", HEADERS);
  Reflect.defineProperty(result, "url", URL);
  return result as Answered;
}
