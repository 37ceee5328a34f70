import { parametersOf, plainEscapes } from "./plain-escapes.ts";

/** The parts of the URL of a request. Each is made once, however many fakes look at it. */
export class SentUrl {
  readonly text: string;
  readonly origin: string;
  /** As it was sent. */
  readonly path: string;
  #segments: readonly string[] | undefined;
  #query: readonly string[] | undefined;

  /** @param text Without credentials and fragment */
  constructor(text: string) {
    this.text = text;
    const slash = text.indexOf("/", text.indexOf("://") + 3);
    const mark = text.indexOf("?", slash);
    this.origin = text.slice(0, slash);
    this.path = text.slice(slash, mark === -1 ? undefined : mark);
  }

  /** The segments of the path, in which every escape is written alike. */
  get segments(): readonly string[] {
    this.#segments ??= segmentsOf(this.path);
    return this.#segments;
  }

  /** The parameters of the query, sorted. */
  get query(): readonly string[] {
    this.#query ??= sortedParameters(this.text);
    return this.#query;
  }
}

export function segmentsOf(path: string): string[] {
  return plainEscapes(path).split("/");
}

/** The parameters of a URL, however they are escaped, and in whatever order they are. */
export function sortedParameters(url: string): string[] {
  return [...parametersOf(url)].map((pair) => `${new URLSearchParams([pair])}`).sort();
}
