/** What the first byte of a MessagePack value says: what kind of value it is. */
export type Kind = "plain" | "string" | "array" | "map" | "extension" | "malformed";

const sized = (kind: Kind, sizeOfLength: number): Head => ({ kind, sizeOfLength, length: 0 });
const fixed = (kind: Kind, length: number): Head => ({ kind, sizeOfLength: 0, length });
const plain = (length: number): Head => fixed("plain", length);

interface Head {
  readonly kind: Kind;
  /** Bytes of the length behind the first byte; 0 if the first byte says the length. */
  readonly sizeOfLength: number;
  readonly length: number;
}

/** From 0xc0 to 0xdf, as in https://github.com/msgpack/msgpack/blob/master/spec.md. */
// biome-ignore format: a row for each kind
const HEADS: readonly Head[] = [
  plain(0), sized("malformed", 0), plain(0), plain(0),
  sized("string", 1), sized("string", 2), sized("string", 4),
  sized("extension", 1), sized("extension", 2), sized("extension", 4),
  plain(4), plain(8), plain(1), plain(2), plain(4), plain(8), plain(1), plain(2), plain(4), plain(8),
  fixed("extension", 1), fixed("extension", 2), fixed("extension", 4), fixed("extension", 8), fixed("extension", 16),
  sized("string", 1), sized("string", 2), sized("string", 4),
  sized("array", 2), sized("array", 4), sized("map", 2), sized("map", 4),
];

/**
 * Moves over MessagePack that nobody has checked, one value after another. Whatever the bytes say, it stays inside of them, and
 * takes time that grows with what it moves over. `isLost` says that they are not MessagePack: then nothing else counts.
 */
export class MessagePackCursor {
  /** Where the next value begins. */
  pos = 0;
  isLost = false;
  /** The last value that was entered: its kind, the type if it is an extension, and how many bytes, elements or pairs it has. */
  kind: Kind = "malformed";
  type = 0;
  length = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Moves over the head of a value, to what is inside of it. Strings are text and bytes alike. */
  enter(): Kind {
    const first = this.#readNumber(1);
    this.kind = kindOf(first);
    const head = HEADS[first - 0xc0];
    if (first >= 0xc0 && head !== undefined) this.length = head.length || this.#readNumber(head.sizeOfLength);
    else if (this.kind === "string") this.length = first & 0x1f;
    else this.length = this.kind === "plain" ? 0 : first & 0x0f;
    if (this.kind === "extension") this.type = this.#readNumber(1);
    // Each element takes at least a byte.
    if (this.kind === "malformed" || this.length > this.#bytes.length - this.pos) this.isLost = true;
    return this.kind;
  }

  /** Moves over what was entered, if it is no array and no map. */
  leave(): void {
    if (!this.isLost) this.pos += this.length;
  }

  /** Moves over one value, with all that is inside of it. */
  skip(): void {
    for (let left = 1; left > 0 && !this.isLost; left--) {
      const kind = this.enter();
      if (kind === "array") left += this.length;
      else if (kind === "map") left += this.length * 2;
      else this.leave();
    }
  }

  /** Whether what was entered is a string with exactly these characters of ASCII. */
  is(text: string): boolean {
    if (this.kind !== "string" || this.length !== text.length) return false;
    return this.#bytes.toString("latin1", this.pos, this.pos + this.length) === text;
  }

  /** A number of so many bytes, the most significant first. */
  #readNumber(size: number): number {
    if (size > this.#bytes.length - this.pos) this.isLost = true;
    if (size === 0 || this.isLost) return 0;
    this.pos += size;
    return this.#bytes.readUIntBE(this.pos - size, size);
  }
}

function kindOf(first: number): Kind {
  if (first < 0x80 || first >= 0xe0) return "plain";
  if (first < 0x90) return "map";
  if (first < 0xa0) return "array";
  return first < 0xc0 ? "string" : (HEADS[first - 0xc0]?.kind ?? "malformed");
}
