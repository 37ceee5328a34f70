import { MAX_HEADERS } from "../abi.ts";
import { Kind } from "../values/head.ts";
import { Reader } from "../values/reader.ts";

/** The strings in the option `headers`, one after the other. Other values are skipped, and so are the keys of a map. */
export class HeaderList {
  /** Whether the option is an array or a map. */
  readonly isThere: bool;
  private readonly isMap: bool;
  private left: i32 = 0;

  /** `place` is the place of the option in the arguments; 0 if it is absent. This and `next` move the reader. */
  constructor(
    private readonly reader: Reader,
    place: usize,
  ) {
    const kind = place === 0 ? Kind.Absent : kindAt(reader, place);
    this.isMap = kind === Kind.Map;
    this.isThere = kind === Kind.Map || kind === Kind.Array;
    if (this.isThere) this.left = reader.enter();
  }

  /** Reads the next string, which is then the reader's string. Returns false if there is none. */
  next(): bool {
    while (this.left > 0) {
      this.left--;
      if (this.isMap) this.reader.skip();
      const isString = this.reader.kind() === Kind.String;
      if (isString) this.reader.readString();
      else this.reader.skip();
      if (isString) return true;
    }
    return false;
  }
}

/** Whether the option `headers` at this place has more entries than may be sent. */
export function hasTooManyHeaders(reader: Reader, place: usize): bool {
  const kind = place === 0 ? Kind.Absent : kindAt(reader, place);
  return (kind === Kind.Map || kind === Kind.Array) && reader.enter() > MAX_HEADERS;
}

function kindAt(reader: Reader, place: usize): Kind {
  reader.pos = place;
  return reader.kind();
}
