import { SentUrl } from "../request/sent-url.ts";
import type { TestRequest } from "../request/test-request.ts";

/** A request, as patterns look at it: what they need is read once, however many fakes there are. */
export class Reading {
  readonly request: TestRequest;
  readonly url: SentUrl;
  #json: { readonly value: unknown } | null = null;

  constructor(request: TestRequest) {
    this.request = request;
    this.url = new SentUrl(request.url);
  }

  /** The body as JSON; undefined if it is none. */
  get json(): unknown {
    this.#json ??= { value: parse(this.request.text) };
    return this.#json.value;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
