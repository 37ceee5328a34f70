import type { Bytes } from "../seam/bytes.ts";
import type { Body } from "./body.ts";

/** @internal */
export let makeStream: (body: Body) => BodyStream;
/** @internal The body that a stream stands for. */
export let bodyIn: (stream: BodyStream) => Body;

/** Only this module makes streams. */
const TOKEN = {};

/**
 * What the member `body` of a request or a response is. It is no ReadableStream: it can be given to another request or
 * response, and be iterated over, in one piece.
 */
export class BodyStream implements AsyncIterable<Bytes> {
  readonly #body: Body;

  static {
    makeStream = (body) => new BodyStream(TOKEN, body);
    bodyIn = (stream) => stream.#body;
  }

  constructor(token: unknown, body: Body) {
    if (token !== TOKEN) throw new TypeError("Illegal constructor");
    this.#body = body;
  }

  get locked(): boolean {
    return this.#body.isUsed;
  }

  async cancel(): Promise<void> {
    this.#body.isUsed = true;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Bytes> {
    yield this.#body.read();
  }
}
