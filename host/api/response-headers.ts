/** One header as it came: the name in the spelling of the server, and the value without blanks around it. */
export type ResponseHeader = readonly [name: string, value: string];

/** What the server said of the status, beside these headers. Only `fetch` has a place for it. */
export let reasonOf: (headers: ResponseHeaders) => string;

/**
 * The headers of a response: all of them, in the order in which they came. What came twice is there twice. Names and
 * values have one character for each byte.
 */
export class ResponseHeaders implements Iterable<ResponseHeader> {
  readonly #fields: readonly ResponseHeader[];
  readonly #reason: string;

  /** @internal */
  constructor(fields: readonly ResponseHeader[], reason = "") {
    this.#fields = fields;
    this.#reason = reason;
  }

  static {
    reasonOf = (headers) => headers.#reason;
  }

  /** How many there are. */
  get length(): number {
    return this.#fields.length;
  }

  /** The values of this name, joined with a comma and a blank; null if there is none. The case of letters does not matter. */
  get(name: string): string | null {
    const values = this.getAll(name);
    return values.length === 0 ? null : values.join(", ");
  }

  /** Each value of this name. For headers that must not be joined, such as `Set-Cookie`. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#fields.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.getAll(name).length > 0;
  }

  [Symbol.iterator](): IterableIterator<ResponseHeader> {
    return this.#fields.values();
  }

  /** A list of pairs, for `JSON.stringify`. */
  toJSON(): readonly ResponseHeader[] {
    return this.#fields;
  }

  /** How `console.log` shows them. */
  [Symbol.for("nodejs.util.inspect.custom")](): readonly ResponseHeader[] {
    return this.#fields;
  }
}
