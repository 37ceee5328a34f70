/** Characters that are encoded at once. */
const CHUNK = 16_384;

/** The UTF-8 of a long text, piece by piece, without a copy of all of it. */
export class TextChunks {
  readonly #text: string;
  #at = 0;
  #chunk = Buffer.alloc(0);

  constructor(text: string) {
    this.#text = text;
  }

  /** Fills `target` with the next bytes, of which there are enough. */
  fill(target: Uint8Array): void {
    for (let at = 0; at < target.length; ) {
      if (this.#chunk.length === 0) this.#next();
      const part = this.#chunk.subarray(0, target.length - at);
      target.set(part, at);
      this.#chunk = this.#chunk.subarray(part.length);
      at += part.length;
    }
  }

  #next(): void {
    let end = this.#at + CHUNK;
    // Not between the two halves of a character.
    if (isHighSurrogate(this.#text.charCodeAt(end - 1))) end++;
    this.#chunk = Buffer.from(this.#text.slice(this.#at, end));
    this.#at = end;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
