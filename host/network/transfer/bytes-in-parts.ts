/** Bytes that are not in one piece. They are read while they are sent, and any number of times. */
export class BytesInParts {
  /** Views of the bytes, in order, each valid until the next one is asked for. Throws if there are none any more. */
  readonly parts: () => Iterable<Uint8Array>;

  constructor(parts: () => Iterable<Uint8Array>) {
    this.parts = parts;
  }
}
