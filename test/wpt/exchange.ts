/** What a handler is asked. All text has one character a byte. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Query;
  readonly body: string;
  /** Where it came from: an address and a port. */
  readonly peer: string;
  readonly stash: Stash;
  /** The value of a header; undefined if there is none. */
  header(name: string): string | undefined;
  /** All headers, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a handler answers. */
export interface Answer {
  /** @default 200 */
  readonly status?: number;
  readonly text?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | AsyncIterable<string>;
  /** Whether `body` is all that is written, with its head, before the connection is closed. */
  readonly isRaw?: boolean;
}

export type Handler = (asked: Asked) => Answer | Promise<Answer>;

/** The parameters of a query: bytes, which need not be UTF-8. */
export class Query {
  readonly #parameters: readonly (readonly [name: string, value: string])[];

  constructor(text: string) {
    this.#parameters = text
      .split("&")
      .filter((part) => part !== "")
      .map((part) => {
        const [name = "", ...value] = part.split("=");
        return [bytesOf(name), bytesOf(value.join("="))];
      });
  }

  get all(): readonly (readonly [name: string, value: string])[] {
    return this.#parameters;
  }

  has(name: string): boolean {
    return this.#parameters.some(([given]) => given === name);
  }

  /** The first value; `otherwise` if there is none. */
  first(name: string, otherwise = ""): string {
    return this.#parameters.find(([given]) => given === name)?.[1] ?? otherwise;
  }

  list(name: string): string[] {
    return this.#parameters.filter(([given]) => given === name).map(([, value]) => value);
  }
}

/** The text with its escapes read; `+` is a blank. */
export function bytesOf(text: string): string {
  return text
    .replaceAll("+", " ")
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Values that requests leave for later ones. Each is taken once. */
export class Stash {
  readonly #values = new Map<string, unknown>();

  put(folder: string, key: string, value: unknown): void {
    this.#values.set(`${folder} ${key}`, value);
  }

  take(folder: string, key: string): unknown {
    const name = `${folder} ${key}`;
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value ?? null;
  }
}
